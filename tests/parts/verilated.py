"""Millions of values through a component on Verilator, from file to file; for parts without backpressure."""

import numpy as np

from attnforge.gen.emission.emit import emit
from attnforge.sim.bench.run import _launch, work_folder
from attnforge.sim.simulator.build import build

HARNESS = """
module values (input wire clk, output reg finished);
  reg [63:0] word, following;
  wire [31:0] result;
  integer source, sink, got;
  initial begin
    finished = 0;
    source = $fopen("stimulus", "rb");
    sink = $fopen("results", "wb");
  end
  part dut (PORTS);
  always @(posedge clk) if (!finished) begin
    $fwrite(sink, "%u", result);
    got = $fread(following, source);
    word <= following;  // after the part has read the word before
    if (got == 0) begin
      $fclose(sink);
      finished = 1;
    end
  end
endmodule
"""


def run(dut, stimulus, output):
    """What the output is for each element of the inputs, the latency taken off.

    Parameters
    ----------
    dut : wiring.Component
        With an attribute ``latency``.
    stimulus : mapping of str to int array
        Values of the inputs, all of one length; 64 bits wide together.
    output : str
        Up to 32 bits wide.

    Returns
    -------
    int64 array, unsigned
    """
    core = emit(dut, "part")
    sizes = {name: bits for name, _, bits in core.ports}
    at, connections, words = 0, [], 0
    for name, values in stimulus.items():
        bits = sizes[name]
        words = words | ((values.astype(np.uint64) & np.uint64(2**bits - 1)) << np.uint64(at))
        connections.append(f".{name}(word[{at + bits - 1}:{at}])")
        at += bits
    assert at <= 64 and sizes[output] <= 32
    connections += [f".{name}({wire})" for name, wire in (("clk", "clk"), ("rst", "1'b0")) if name in sizes]
    connections.append(f".{output}(result[{sizes[output] - 1}:0])")
    harness = HARNESS.replace("PORTS", ", ".join(connections))
    built = build(core.verilog + harness, "values", ports=("clk", "finished"))
    drain = np.zeros(dut.latency, np.uint64)
    with work_folder() as work:
        (work / "stimulus").write_bytes(np.concatenate([words, drain]).astype(">u8").tobytes())
        words = _launch(built, work, "tests.parts.values_bench", None)
        assert (work / "results").exists(), "\n".join(words[-15:])
        results = np.fromfile(work / "results", np.uint32).astype(np.int64) & (2 ** sizes[output] - 1)
    assert len(results) == len(stimulus[next(iter(stimulus))]) + 1 + dut.latency
    return results[1 + dut.latency :]
