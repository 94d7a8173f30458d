"""What all demonstrations do: steps as a terminal shows them, the simulator of the emitted text, the verdict."""

import contextlib
import time


class Steps:
    """Numbered steps with their times, a spinner on a terminal while one runs."""

    def __init__(self, console):
        self.console = console
        self.count = 0

    @contextlib.contextmanager
    def __call__(self, text):
        """Name what the block does; yields a function that changes the text while it runs."""
        self.count += 1
        began = time.monotonic()
        title = f"{self.count}. {text}"
        if not self.console.is_terminal:
            self.console.print(f"{title} ...", highlight=False)
        with self.console.status(title) as status:
            yield lambda detail: status.update(f"{title}: {detail}")
        self.console.print(f"{title}: {time.monotonic() - began:.1f} s", highlight=False)


def emit_and_build(request, step):
    """Emit the core and build the simulator of it: two steps. Returns the path of the Verilog."""
    from attnforge.gen.emission.emit import write
    from attnforge.sim.bench import run as runner

    with step(f"Generating {request.name}"):
        core, folder, _ = write(request)
    with step("Building a simulator of the Verilog"):
        runner.prepare(request.design, request.config)
    return folder / f"{core.name}.v"


def incomplete(console, what, failures):
    """Tell that a run gave not all results; returns False, as a demonstration that failed does."""
    console.print(f"Not all {what} gave results:", *failures[:5], sep="\n", style="red", markup=False)
    return False


def verdict(console, checked, failures):
    """Print the first failures and the last line; returns whether there was none."""
    for failure in failures[:5]:
        console.print(failure, style="red", markup=False)
    console.print(
        f"{checked}: {'FAILED' if failures else 'passed'}", style="bold red" if failures else "bold green"
    )
    return not failures
