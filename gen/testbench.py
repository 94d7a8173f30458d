"""A self-checking testbench of a core: one small job, from its registers to the last result beat."""

from dataclasses import dataclass

import numpy as np

from attnforge.gen.version import VERSION
from attnforge.hdl.contract.registers import ErrorCode, design_registers
from attnforge.hdl.numeric.layout import pack

MOST = 6
"""No size of the job is larger, so that its tensors can be read."""
DRAWS = 8
"""Jobs that are drawn; the one whose results have the most different values is taken."""
PATIENCE = 20
"""The testbench gives up after so many times the job's latency, and what its registers take."""


@dataclass(frozen=True)
class _Job:
    """A job as a host sees it: what it writes and reads, and beats as integers, `last` in the top bit."""

    operations: list  # (access, address, data, comment)
    started: int  # how many of them come before the results
    operands: list
    results: list
    tensors: str
    limit: int


def testbench(request) -> str:
    """The text of ``<name>_tb.v``: Verilog-2005, the same for equal requests.

    Parameters
    ----------
    request : attnforge.gen.request.Request
    """
    job = _draw(request.design, request.config)
    width = 8 * request.config.beat_bytes + 1
    values = {
        "name": request.name,
        "version": VERSION,
        "title": request.design.title,
        "tensors": job.tensors,
        "width": width,
        "bytes": request.config.beat_bytes,
        "operations": len(job.operations),
        "started": job.started,
        "operands": len(job.operands),
        "results": len(job.results),
        "limit": job.limit,
        "operation_list": "\n".join(
            f"    operations[{at}] = {{{access}, 12'h{address:03x}, 32'h{data:x}}};  // {comment}"
            for at, (access, address, data, comment) in enumerate(job.operations)),
        "operand_list": _beats("operands", job.operands, width),
        "result_list": _beats("results", job.results, width),
    }
    return _TEXT.format(**values)


def _beats(name, beats, width):
    return "\n".join(f"    {name}[{at}] = {width}'h{beat:x};" for at, beat in enumerate(beats))


def _draw(design, config):
    """The job with the most different results of some small ones, all of a fixed seed."""
    rng = np.random.default_rng(0)
    best = None
    for _ in range(DRAWS):
        job, operands = design.random_job(config, rng, most=MOST)
        tensors = design.model(config, job, operands)
        score = sum(len(np.unique(tensor)) for tensor in tensors.values())
        if best is None or score > best[0]:
            best = score, job, operands, tensors
    return _Job(*_host_view(design, config, *best[1:]))


def _host_view(design, config, job, operands, tensors):
    registers = design_registers(design, config)
    operations = [("READ", register.offset, register.value, register.name) for register in
                  (registers["ID"], registers["VERSION"])]
    operations += [("WRITE", register.offset, int(getattr(job, field.name)), f"{register.name}: {register.doc}")
                   for field, register in zip(design.job_fields(config), registers.job_registers, strict=True)]
    operations.append(("WRITE", registers["CONTROL"].offset, 1, "CONTROL: START"))
    started = len(operations)
    operations += [("READ", registers["ERROR"].offset, int(ErrorCode.NONE), "ERROR: none"),
                   ("READ", registers["JOB_NUMBER"].offset, 1, "JOB_NUMBER: the first job has left")]
    segments = design.operand_segments(config, job), design.result_segments(config, job)
    beats = [_integers(pack(*part, config.beat_bytes)) for part in zip(segments, (operands, tensors), strict=True)]
    shapes = [", ".join(f"{part.name} {part.shape[0]} x {part.shape[1]} ({part.format.name})" for part in each)
              for each in segments]
    limit = 1000 + 8 * len(operations) + PATIENCE * design.perf(config, job).latency
    return operations, started, *beats, f"{shapes[0]}; results: {shapes[1]}", limit


def _integers(beats):
    """Beats as integers, with `last` above the bytes of the final one."""
    values = [int.from_bytes(row.tobytes(), "little") for row in beats]
    return [*values[:-1], values[-1] | 1 << 8 * beats.shape[1]]


_TEXT = """\
// Testbench of {name}, written by attnforge {version}.
// {title}
//
// It writes the registers of one job, sends its operands and compares every result beat with the bit-exact model's. It
// prints PASS and a count, and ends with $finish; or FAIL, what was wrong, and ends with $fatal.
// Operands: {tensors}.
//
//   With Icarus: iverilog -g2012 -s {name}_tb -o {name}.vvp -f {name}_sim.f && vvp {name}.vvp
//   With Verilator: verilator --binary --timing --top-module {name}_tb -F {name}_sim.f && obj_dir/V{name}_tb

module {name}_tb;
  localparam BITS = {width};  // of a beat: {bytes} bytes, and above them `last`
  localparam [31:0] OPERATIONS = {operations}, STARTED = {started}, OPERANDS = {operands}, RESULTS = {results};
  localparam [31:0] LIMIT = {limit};  // cycles; a core that has not ended by then has failed
  localparam [31:0] DRAIN = 64;  // cycles in which no further result may come
  localparam READ = 1'b0, WRITE = 1'b1;

  // What the register port does, in this order, those from STARTED on after the results: address, and what is written
  // or must be read.
  reg [44:0] operations[0:OPERATIONS-1];
  initial begin
{operation_list}
  end

  reg [BITS-1:0] operands[0:OPERANDS-1];
  initial begin
{operand_list}
  end

  reg [BITS-1:0] results[0:RESULTS-1];
  initial begin
{result_list}
  end

  reg clk, rst, w_en, r_en, i_valid, o_ready;
  reg [11:0] addr;
  reg [31:0] w_data;
  reg [BITS-1:0] i_payload;
  wire [31:0] r_data;
  wire [BITS-1:0] o_payload;
  wire i_ready, o_valid;

  {name} dut (
      .clk(clk),
      .rst(rst),
      .csr__addr(addr),
      .csr__w_en(w_en),
      .csr__w_data(w_data),
      .csr__r_en(r_en),
      .csr__r_data(r_data),
      .i__payload(i_payload),
      .i__valid(i_valid),
      .i__ready(i_ready),
      .o__payload(o_payload),
      .o__valid(o_valid),
      .o__ready(o_ready)
  );

  reg [31:0] cycle, operation, given, taken, quiet, wrong;
  reg [1:0] phase;  // of an operation: the port does it, the core answers, the answer is there
  reg access;
  reg [31:0] data;

  initial begin
    clk = 0;
    rst = 1;
    {{w_en, r_en, i_valid, o_ready, access}} = 0;
    {{addr, w_data, data, i_payload, phase}} = 0;
    {{cycle, operation, given, taken, quiet, wrong}} = 0;
    forever #5 clk = !clk;
  end

  // All that the core sees changes just after a rising edge, and all that it gives is looked at just before one.
  always @(posedge clk) begin
    cycle <= cycle + 1;
    rst <= cycle < 4;
    o_ready <= cycle[1:0] != 0;  // a stall in one of four cycles
    if (!rst) begin
      // Registers
      if (phase == 0) begin
        if (operation < OPERATIONS && (operation < STARTED || quiet == DRAIN)) begin
          {{access, addr, data}} <= operations[operation];
          w_data <= operations[operation][31:0];
          w_en <= operations[operation][44] == WRITE;
          r_en <= operations[operation][44] == READ;
          operation <= operation + 1;
          phase <= 1;
        end
      end else begin
        w_en <= 0;
        r_en <= 0;
        phase <= phase == 2 ? 0 : phase + 1;
        if (phase == 2 && access == READ && r_data !== data) begin
          wrong <= wrong + 1;
          $display("register %h is %h, not %h", addr, r_data, data);
        end
      end

      // Operands: a beat stays until the core has taken it
      if (!i_valid || i_ready === 1'b1) begin
        i_valid <= operation >= STARTED && given < OPERANDS;
        if (operation >= STARTED && given < OPERANDS) begin
          i_payload <= operands[given];
          given <= given + 1;
        end
      end

      // Results
      if (o_valid === 1'b1 && o_ready) begin
        taken <= taken + 1;
        if (taken >= RESULTS) begin
          wrong <= wrong + 1;
          $display("result beat %0d: %h, after the last", taken, o_payload);
        end else if (o_payload !== results[taken]) begin
          wrong <= wrong + 1;
          $display("result beat %0d: %h, not %h", taken, o_payload, results[taken]);
        end
      end
      if (taken >= RESULTS && quiet < DRAIN) quiet <= quiet + 1;

      // The end
      if (operation == OPERATIONS && phase == 0) begin
        if (wrong == 0) begin
          $display("PASS: {name}: %0d result beats are the model's", taken);
          $finish;
        end else begin
          $display("FAIL: {name}: %0d differences in %0d result beats", wrong, taken);
          $fatal;
        end
      end else if (cycle == LIMIT) begin
        $display("FAIL: {name}: %0d of %0d operand beats given, %0d of %0d result beats taken in %0d cycles", given,
                 OPERANDS, taken, RESULTS, cycle);
        $fatal;
      end
    end
  end
endmodule
"""
