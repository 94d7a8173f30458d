"""``python -m sim.workloads``: print the networks."""

from rich.console import Console

from attnforge.sim.workloads.attention import attention_table, gemm_table

Console().print(attention_table(), gemm_table())
