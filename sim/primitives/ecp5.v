// Behavioural model of the ECP5's DSP block as a multiplier, for simulation of cores emitted with --target ecp5.
//
// From the published behaviour of the block: 18x18 bits, each operand signed or not, and four stages of registers
// (inputs A and B, pipeline, output), each with its own clock, clock enable and synchronous reset, or none ("NONE").
// Modelled: CLK0 to CLK3, CE0 to CE3, RST0 to RST3. Not modelled, and so no ports: the shift chains, and the outputs
// that go to the ALU, the only ones that the C input reaches (yosys ties it low). SIGNEDA, SIGNEDB, SOURCEA and SOURCEB
// must be constant.

module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE",
    parameter REG_INPUTA_CE = "CE0",
    parameter REG_INPUTA_RST = "RST0",
    parameter REG_INPUTB_CLK = "NONE",
    parameter REG_INPUTB_CE = "CE0",
    parameter REG_INPUTB_RST = "RST0",
    parameter REG_INPUTC_CLK = "NONE",
    parameter REG_INPUTC_CE = "CE0",
    parameter REG_INPUTC_RST = "RST0",
    parameter REG_PIPELINE_CLK = "NONE",
    parameter REG_PIPELINE_CE = "CE0",
    parameter REG_PIPELINE_RST = "RST0",
    parameter REG_OUTPUT_CLK = "NONE",
    parameter REG_OUTPUT_CE = "CE0",
    parameter REG_OUTPUT_RST = "RST0",
    parameter CLK0_DIV = "ENABLED",
    parameter CLK1_DIV = "ENABLED",
    parameter CLK2_DIV = "ENABLED",
    parameter CLK3_DIV = "ENABLED",
    parameter HIGHSPEED_CLK = "NONE",
    parameter GSR = "ENABLED",
    parameter CAS_MATCH_REG = "FALSE",
    parameter SOURCEB_MODE = "B_SHIFT",
    parameter MULT_BYPASS = "DISABLED",
    parameter RESETMODE = "SYNC"
) (
    input wire
        A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
    input wire
        B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
    input wire
        C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17,
    input wire SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input wire CLK0, CLK1, CLK2, CLK3,
    input wire CE0, CE1, CE2, CE3,
    input wire RST0, RST1, RST2, RST3,
    output wire
        P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17, P18, P19, P20, P21,
        P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35
);
  wire [17:0] a = {
      A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0
  };
  wire [17:0] b = {
      B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0
  };
  wire signed [18:0] s1_a, s1_b;
  wire signed [35:0] s2_product, s3_product;

  dsp_register #(
      .BITS(19), .CLK(REG_INPUTA_CLK), .CE(REG_INPUTA_CE), .RST(REG_INPUTA_RST)
  ) input_a (
      .clk({CLK3, CLK2, CLK1, CLK0}), .ce({CE3, CE2, CE1, CE0}), .rst({RST3, RST2, RST1, RST0}),
      .d({SIGNEDA & a[17], a}), .q(s1_a)
  );
  dsp_register #(
      .BITS(19), .CLK(REG_INPUTB_CLK), .CE(REG_INPUTB_CE), .RST(REG_INPUTB_RST)
  ) input_b (
      .clk({CLK3, CLK2, CLK1, CLK0}), .ce({CE3, CE2, CE1, CE0}), .rst({RST3, RST2, RST1, RST0}),
      .d({SIGNEDB & b[17], b}), .q(s1_b)
  );
  wire signed [37:0] product = s1_a * s1_b;
  dsp_register #(
      .BITS(36), .CLK(REG_PIPELINE_CLK), .CE(REG_PIPELINE_CE), .RST(REG_PIPELINE_RST)
  ) pipeline (
      .clk({CLK3, CLK2, CLK1, CLK0}), .ce({CE3, CE2, CE1, CE0}), .rst({RST3, RST2, RST1, RST0}),
      .d(product[35:0]), .q(s2_product)
  );
  dsp_register #(
      .BITS(36), .CLK(REG_OUTPUT_CLK), .CE(REG_OUTPUT_CE), .RST(REG_OUTPUT_RST)
  ) output_register (
      .clk({CLK3, CLK2, CLK1, CLK0}), .ce({CE3, CE2, CE1, CE0}), .rst({RST3, RST2, RST1, RST0}),
      .d(s2_product), .q(s3_product)
  );
  assign {
      P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16,
      P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
  } = s3_product;
endmodule

// One stage of registers, or a wire. Left-over inputs of a block that nobody connects must not disturb: only the clock,
// enable and reset that the parameters name are read.
module dsp_register #(
    parameter BITS = 1,
    parameter CLK = "NONE",
    parameter CE = "CE0",
    parameter RST = "RST0"
) (
    input wire [3:0] clk,
    input wire [3:0] ce,
    input wire [3:0] rst,
    input wire [BITS-1:0] d,
    output wire [BITS-1:0] q
);
  generate
    if (CLK == "NONE") begin : none
      assign q = d;
    end else begin : registered
      localparam CLK_AT = CLK == "CLK3" ? 3 : CLK == "CLK2" ? 2 : CLK == "CLK1" ? 1 : 0;
      localparam CE_AT = CE == "CE3" ? 3 : CE == "CE2" ? 2 : CE == "CE1" ? 1 : 0;
      localparam RST_AT = RST == "RST3" ? 3 : RST == "RST2" ? 2 : RST == "RST1" ? 1 : 0;
      reg [BITS-1:0] state = {BITS{1'b0}};
      wire tick = clk[CLK_AT];
      always @(posedge tick)
        if (rst[RST_AT]) state <= {BITS{1'b0}};
        else if (ce[CE_AT]) state <= d;
      assign q = state;
    end
  endgenerate
endmodule
