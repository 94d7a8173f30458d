// What lies between a board's pins and its shell, for simulation: pads that are plain wires, and a PLL that gives its
// input's clock, since a simulation has one speed. All other modes are refused.

module IB (input I, output O);
  assign O = I;
endmodule

module OBZ (input I, input T, output O);
  assign O = I;
  always @(posedge T) begin
    $display("OBZ: no model of a pad that is switched off");
    $fatal;
  end
endmodule

module SB_GB_IO #(
  parameter [5:0] PIN_TYPE = 0,
  parameter IO_STANDARD = ""
) (inout PACKAGE_PIN, output GLOBAL_BUFFER_OUTPUT);
  assign GLOBAL_BUFFER_OUTPUT = PACKAGE_PIN;
endmodule

module SB_IO #(
  parameter [5:0] PIN_TYPE = 0,
  parameter [0:0] PULLUP = 0,
  parameter IO_STANDARD = ""
) (inout PACKAGE_PIN, input D_OUT_0, input OUTPUT_ENABLE, output D_IN_0);
  generate
    if (PIN_TYPE == 6'b101001) assign PACKAGE_PIN = D_OUT_0;
    else if (PIN_TYPE != 6'b000001) initial begin
      $display("SB_IO: no model of pin type %b", PIN_TYPE);
      $fatal;
    end
  endgenerate
  assign D_IN_0 = PACKAGE_PIN;
endmodule

module EHXPLLL #(
  parameter CLKI_DIV = 1,
  parameter CLKFB_DIV = 1,
  parameter CLKOP_DIV = 1,
  parameter CLKOP_CPHASE = 0,
  parameter CLKOP_FPHASE = 0,
  parameter CLKOP_ENABLE = "",
  parameter FEEDBK_PATH = "",
  parameter PLLRST_ENA = "",
  parameter INTFB_WAKE = "",
  parameter STDBY_ENABLE = "",
  parameter DPHASE_SOURCE = "",
  parameter OUTDIVIDER_MUXA = ""
) (
  input CLKI, CLKFB, RST, STDBY, PHASESEL0, PHASESEL1, PHASEDIR, PHASESTEP, PHASELOADREG, PLLWAKESYNC, ENCLKOP,
  output CLKOP,
  output LOCK
);
  reg [4:0] waited = 0;
  assign CLKOP = CLKI;
  assign LOCK = waited[4];
  always @(posedge CLKI) if (!LOCK) waited <= waited + 1;
endmodule
