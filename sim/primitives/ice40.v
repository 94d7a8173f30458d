// Behavioural models of the iCE40's memory block and multiplier, for simulation of cores emitted with --target ice40.
//
// From the published behaviour of the blocks. Modelled of the memory: all four shapes, equal for both ports; a port
// clocked at the falling edge. Not modelled: initial contents (what was never written reads as anything), write masks.
// Modelled of the multiplier: one product of 16 x 16 bits, signed or not, with all its registers or any of them, and the
// 32-bit adder behind it that adds C, D. Not modelled: subtraction, accumulation, halves, the chain of several blocks;
// what the core leaves constant is not read.

module SB_RAM40_4K #(
    parameter [1:0] WRITE_MODE = 0,
    parameter [1:0] READ_MODE = 0
) (
    output wire [15:0] RDATA,
    input wire RCLK, RCLKE, RE,
    input wire [10:0] RADDR,
    input wire WCLK, WCLKE, WE,
    input wire [10:0] WADDR,
    input wire [15:0] MASK,
    input wire [15:0] WDATA
);
  reg [15:0] word = 16'b0;
  assign RDATA = word;
  // Shape m has 256 << m words of 16 >> m bits; the pins of a word lie 1 << m apart.
  generate
    if (WRITE_MODE == 0) begin : words_of_16
      reg [15:0] words[0:255];
      always @(posedge WCLK) if (WCLKE && WE) words[WADDR[7:0]] <= WDATA;
      always @(posedge RCLK) if (RCLKE && RE) word <= words[RADDR[7:0]];
    end else if (WRITE_MODE == 1) begin : words_of_8
      reg [7:0] words[0:511];
      wire [7:0] written = {
        WDATA[14], WDATA[12], WDATA[10], WDATA[8], WDATA[6], WDATA[4], WDATA[2], WDATA[0]
      };
      wire [7:0] found = words[RADDR[8:0]];
      always @(posedge WCLK) if (WCLKE && WE) words[WADDR[8:0]] <= written;
      always @(posedge RCLK)
        if (RCLKE && RE)
          word <= {
            1'b0, found[7], 1'b0, found[6], 1'b0, found[5], 1'b0, found[4],
            1'b0, found[3], 1'b0, found[2], 1'b0, found[1], 1'b0, found[0]
          };
    end else if (WRITE_MODE == 2) begin : words_of_4
      reg [3:0] words[0:1023];
      wire [3:0] found = words[RADDR[9:0]];
      always @(posedge WCLK) if (WCLKE && WE) words[WADDR[9:0]] <= {WDATA[13], WDATA[9], WDATA[5], WDATA[1]};
      always @(posedge RCLK)
        if (RCLKE && RE) word <= {2'b0, found[3], 3'b0, found[2], 3'b0, found[1], 3'b0, found[0], 1'b0};
    end else begin : words_of_2
      reg [1:0] words[0:2047];
      wire [1:0] found = words[RADDR];
      always @(posedge WCLK) if (WCLKE && WE) words[WADDR] <= {WDATA[11], WDATA[3]};
      always @(posedge RCLK) if (RCLKE && RE) word <= {4'b0, found[1], 7'b0, found[0], 3'b0};
    end
  endgenerate
endmodule

// The same, read at the falling edge.
module SB_RAM40_4KNR #(
    parameter [1:0] WRITE_MODE = 0,
    parameter [1:0] READ_MODE = 0
) (
    output wire [15:0] RDATA,
    input wire RCLKN, RCLKE, RE,
    input wire [10:0] RADDR,
    input wire WCLK, WCLKE, WE,
    input wire [10:0] WADDR,
    input wire [15:0] MASK,
    input wire [15:0] WDATA
);
  SB_RAM40_4K #(
      .WRITE_MODE(WRITE_MODE), .READ_MODE(READ_MODE)
  ) block (
      .RDATA(RDATA), .RCLK(~RCLKN), .RCLKE(RCLKE), .RE(RE), .RADDR(RADDR),
      .WCLK(WCLK), .WCLKE(WCLKE), .WE(WE), .WADDR(WADDR), .MASK(MASK), .WDATA(WDATA)
  );
endmodule

module SB_MAC16 #(
    parameter [0:0] NEG_TRIGGER = 0,
    parameter [0:0] A_REG = 0,
    parameter [0:0] B_REG = 0,
    parameter [0:0] C_REG = 0,
    parameter [0:0] D_REG = 0,
    parameter [0:0] TOP_8x8_MULT_REG = 0,
    parameter [0:0] BOT_8x8_MULT_REG = 0,
    parameter [0:0] PIPELINE_16x16_MULT_REG1 = 0,
    parameter [0:0] PIPELINE_16x16_MULT_REG2 = 0,
    parameter [1:0] TOPOUTPUT_SELECT = 0,
    parameter [1:0] TOPADDSUB_LOWERINPUT = 0,
    parameter [0:0] TOPADDSUB_UPPERINPUT = 0,
    parameter [1:0] TOPADDSUB_CARRYSELECT = 0,
    parameter [1:0] BOTOUTPUT_SELECT = 0,
    parameter [1:0] BOTADDSUB_LOWERINPUT = 0,
    parameter [0:0] BOTADDSUB_UPPERINPUT = 0,
    parameter [1:0] BOTADDSUB_CARRYSELECT = 0,
    parameter [0:0] MODE_8x8 = 0,
    parameter [0:0] A_SIGNED = 0,
    parameter [0:0] B_SIGNED = 0
) (
    input wire CLK, CE,
    input wire [15:0] A, B, C, D,
    input wire AHOLD, BHOLD, CHOLD, DHOLD,
    input wire IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT,
    input wire OLOADTOP, OLOADBOT, ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT,
    input wire CI, ACCUMCI, SIGNEXTIN,
    output wire [31:0] O,
    output wire CO, ACCUMCO, SIGNEXTOUT
);
  reg [15:0] a_register = 0, b_register = 0, c_register = 0, d_register = 0;
  reg [31:0] parts_register = 0, product_register = 0, sum_register = 0;
  wire [15:0] a = A_REG ? a_register : A;
  wire [15:0] b = B_REG ? b_register : B;
  wire [31:0] addend = {C_REG ? c_register : C, D_REG ? d_register : D};
  wire signed [16:0] a_signed = {A_SIGNED & a[15], a};
  wire signed [16:0] b_signed = {B_SIGNED & b[15], b};
  wire signed [33:0] exact = a_signed * b_signed;
  wire [31:0] parts = PIPELINE_16x16_MULT_REG1 ? parts_register : exact[31:0];
  wire [31:0] product = PIPELINE_16x16_MULT_REG2 ? product_register : parts;
  // Halves without a carry between them cannot be told from one adder while C and D are 0.
  wire [31:0] sum = product + addend;
  assign O = TOPOUTPUT_SELECT == 3 ? product : TOPOUTPUT_SELECT == 1 ? sum_register : sum;
  assign {CO, ACCUMCO, SIGNEXTOUT} = 3'b0;
  always @(posedge CLK)
    if (CE) begin
      if (!AHOLD) a_register <= A;
      if (!BHOLD) b_register <= B;
      if (!CHOLD) c_register <= C;
      if (!DHOLD) d_register <= D;
      parts_register <= exact[31:0];
      product_register <= parts;
      sum_register <= sum;
    end
endmodule
