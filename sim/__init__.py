"""Verification machinery: simulators built from emitted Verilog, scripts of jobs, checks of every output, workloads.

`run` and its like are loaded at first use: the reference arithmetic and the workloads need no simulator.
"""

_RUNNER = ("Plan", "SimulationError", "run", "run_matrix", "run_plans", "run_smoke")


def __getattr__(name):
    if name in _RUNNER:
        from attnforge.sim.bench import run as runner

        return getattr(runner, name)
    raise AttributeError(f"module 'attnforge.sim' has no attribute {name!r}")
