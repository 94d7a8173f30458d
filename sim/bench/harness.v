// Bench around any core with the host interface: drives what files say, logs what comes out, checks the stream rules.
//
// cocotb sets the inputs, names a run by `index`, and waits for `finished`. Per run there are three files:
//   run<index>.csr    what the register port does, one "op address data" in hexadecimal per line (see sim/bench/script.py)
//   run<index>.beats  operand beats in hexadecimal, `last` in the top bit
//   run<index>.log    written here: a letter, the cycle, and what belongs to it (see sim/bench/log.py)
// Inputs of the core change after the rising edge, and all is sampled before it. Everything random comes from `seed`.
`timescale 1ns / 1ps

module harness #(
    parameter BEAT_BYTES = 8
) (
    input wire clk,
    input wire rst,
    input wire load,
    input wire [31:0] index,
    input wire [31:0] seed,
    // Chances out of 256 that a stall begins, and that it ends, in a cycle.
    input wire [8:0] idle_begin,
    input wire [8:0] idle_end,
    input wire [8:0] hold_begin,
    input wire [8:0] hold_end,
    input wire lazy,  // ready waits for valid
    input wire [31:0] patience,  // cycles without progress until the run is given up
    input wire [31:0] most,  // result beats until it is given up
    output reg finished,
    output reg [31:0] jobs  // `last` beats seen, for progress
);
  localparam BITS = 8 * BEAT_BYTES + 1;
  localparam WRITE = 0, READ = 1, START = 2, UNTIL_SET = 3, UNTIL_CLEAR = 4, UNTIL_NUMBER = 5, UNTIL_SENT = 6,
             PAUSE = 7, SOFT_RESET = 8, CREDIT = 9, FINISH = 10;

  reg [11:0] addr;
  reg w_en, r_en;
  reg [31:0] w_data;
  wire [31:0] r_data;
  reg [BITS-1:0] i_payload;
  reg i_valid;
  wire i_ready;
  wire [BITS-1:0] o_payload;
  wire o_valid;
  reg o_ready;

  `DUT dut (
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

  integer ops, beats, log, op_fields, beat_fields;
  reg [8*64-1:0] name;
  reg [31:0] cycle, quiet, taken;

  initial begin
    finished = 0;
    jobs = 0;
    log = 0;
  end

  always @(posedge load) begin
    if (log != 0) begin
      $fclose(ops);
      $fclose(beats);
    end
    $sformat(name, "run%0d.csr", index);
    ops = $fopen(name, "r");
    $sformat(name, "run%0d.beats", index);
    beats = $fopen(name, "r");
    $sformat(name, "run%0d.log", index);
    log = $fopen(name, "w");
  end

  // Random numbers: two xorshift generators, so that one end does not follow the other.
  reg [31:0] idle_random, hold_random;
  function [31:0] xorshift(input [31:0] value);
    reg [31:0] x;
    begin
      x = value ^ (value << 13);
      x = x ^ (x >> 17);
      xorshift = x ^ (x << 5);
    end
  endfunction

  // Register port -----------------------------------------------------------------------------------------------------
  reg [31:0] op, op_addr, op_data, waited;
  reg running, passed;
  reg asked, answered;  // by a READ: its read is on the port now, and its answer
  reg [11:0] read_addr;
  reg resetting, pausing;
  reg [31:0] credit, sent;

  task next_op;
    begin
      op_fields = $fscanf(ops, "%h %h %h", op, op_addr, op_data);
      if (op_fields != 3) op = FINISH;
      waited = 0;
    end
  endtask

  always @(posedge clk) begin
    w_en <= 0;
    r_en <= 0;
    asked <= 0;
    resetting <= 0;
    pausing <= 0;
    if (rst) begin
      running <= 0;
      finished <= 0;
      credit <= 0;
      answered <= 0;
      op = FINISH;
      addr <= 0;
      w_data <= 0;
    end else begin
      if (!running) begin
        running <= 1;
        next_op;
      end
      answered <= asked;
      if (answered) $fwrite(log, "C %0d %h %h\n", cycle, read_addr, r_data);
      read_addr <= addr;
      passed = 0;
      case (op)
        WRITE, START, SOFT_RESET: begin
          addr <= op_addr[11:0];
          w_en <= 1;
          w_data <= op == START ? 1 : op_data;
          if (op == START) begin
            credit <= credit + op_data;
            $fwrite(log, "S %0d\n", cycle + 1);
          end
          if (op == SOFT_RESET) begin
            resetting <= 1;
            $fwrite(log, "R %0d\n", cycle + 1);
          end
          passed = 1;
        end
        READ: begin
          addr <= op_addr[11:0];
          r_en <= 1;
          asked <= 1;
          passed = 1;
        end
        UNTIL_SET, UNTIL_CLEAR, UNTIL_NUMBER: begin
          addr <= op_addr[11:0];
          r_en <= 1;
          if (waited >= 2) begin
            if (op == UNTIL_SET) passed = (r_data & op_data) != 0;
            else if (op == UNTIL_CLEAR) passed = (r_data & op_data) == 0;
            else passed = r_data[15:0] - op_data[15:0] < 16'h8000;
          end
          if (passed) r_en <= 0;
          waited = waited + 1;
        end
        UNTIL_SENT: passed = sent >= op_data;
        PAUSE: begin
          pausing <= 1;
          waited = waited + 1;
          passed = waited >= op_data;
        end
        CREDIT: begin
          credit <= credit + op_data;
          passed = 1;
        end
        default: begin
          finished <= 1;
        end
      endcase
      if (passed) next_op;
      if ((quiet >= patience || taken > most) && !finished) begin
        $fwrite(log, "T %0d %0d\n", cycle, op);
        op = FINISH;
        finished <= 1;
      end
      if (finished && log != 0) $fflush(log);
    end
  end

  // Operands ------------------------------------------------------------------------------------------------------------
  reg idle, first;
  reg [31:0] given, starved;
  reg [BITS-1:0] beat;
  always @(posedge clk) begin
    if (rst) begin
      i_valid <= 0;
      i_payload <= {BITS{1'b0}};
      idle = 0;
      first <= 1;
      given <= 0;
      sent <= 0;
      starved <= 0;
      idle_random <= seed ^ 32'h9e3779b9;
    end else begin
      idle_random <= xorshift(idle_random);
      idle = idle ? idle_random[7:0] >= idle_end : idle_random[7:0] < idle_begin;
      if (i_ready === 1'b1 && i_valid) begin
        if (first) $fwrite(log, "F %0d\n", cycle);
        if (i_payload[BITS-1]) begin
          $fwrite(log, "E %0d %0d\n", cycle, starved);
          starved <= 0;
        end
        first <= i_payload[BITS-1];
        sent <= sent + 1;
      end else if (i_ready === 1'b1) starved <= starved + 1;
      if (resetting) begin
        first <= 1;
        starved <= 0;
      end
      if (!i_valid || i_ready) begin
        i_valid <= 0;
        if (given != credit && !idle) begin
          beat_fields = $fscanf(beats, "%h", beat);
          i_payload <= beat;
          i_valid <= 1;
          given <= given + 1;
        end
      end
    end
  end

  // Results -------------------------------------------------------------------------------------------------------------
  reg hold;
  reg [31:0] blocked;
  always @(posedge clk) begin
    if (rst) begin
      o_ready <= 0;
      hold = 0;
      jobs <= 0;
      blocked <= 0;
      taken <= 0;
      hold_random <= seed ^ 32'h7f4a7c15;
    end else begin
      hold_random <= xorshift(hold_random);
      hold = hold ? hold_random[15:8] >= hold_end : hold_random[15:8] < hold_begin;
      o_ready <= !hold && (!lazy || (o_valid === 1'b1 && !o_ready));
      if (o_valid === 1'b1 && o_ready) begin
        taken <= taken + 1;
        $fwrite(log, "O %0d %h\n", cycle, o_payload);
        if (o_payload[BITS-1] === 1'b1) begin
          $fwrite(log, "L %0d %0d\n", cycle, blocked);
          blocked <= 0;
          jobs <= jobs + 1;
        end
      end else if (o_valid === 1'b1) blocked <= blocked + 1;
      if (resetting) blocked <= 0;
    end
  end

  // Stream rules --------------------------------------------------------------------------------------------------------
  reg waits;  // a result waited in the cycle before, and no soft reset took it
  reg [BITS-1:0] waiting_payload;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    quiet <= quiet + 1;
    if (rst) begin
      cycle <= 0;
      quiet <= 0;
      waits <= 0;
    end else begin
      if ((i_valid && i_ready) || (o_valid && o_ready) || w_en || pausing) quiet <= 0;
      if (waits && o_valid !== 1'b1) $fwrite(log, "V %0d o: valid fell before the transfer\n", cycle);
      if (waits && o_valid === 1'b1 && o_payload !== waiting_payload)
        $fwrite(log, "V %0d o: payload changed while it waited\n", cycle);
`ifndef VERILATOR  // which knows no X
      if (^o_valid === 1'bx) $fwrite(log, "V %0d o: valid is unknown\n", cycle);
      if (o_valid === 1'b1 && ^o_payload === 1'bx) $fwrite(log, "V %0d o: payload is unknown\n", cycle);
      if (^i_ready === 1'bx) $fwrite(log, "V %0d i: ready is unknown\n", cycle);
`endif
      waits <= o_valid === 1'b1 && !o_ready && !resetting;
      waiting_payload <= o_payload;
    end
  end
endmodule
