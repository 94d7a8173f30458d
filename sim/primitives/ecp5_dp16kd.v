// Behavioural model of the ECP5's block RAM, for simulation of netlists.
//
// From the published behaviour of the block, and from how yosys uses it: 18 kbit as 512 x 36, 1024 x 18, 2048 x 9,
// 4096 x 4, 8192 x 2 or 16384 x 1, each port with its own width. Narrow words begin at the low bits of a byte, whose
// ninth bit only ports of 9 bits and more see. With 18 bits the low two address inputs are byte enables of a write,
// with 36 the low four; 36 bits take the data pins of both ports, so port A can only write them, and port B only read.
// A port that writes shows WRITEMODE's word: what it had (NORMAL), the one before the write, or the one after it.
//
// What one port reads while the other one writes it is undefined in the block. Here it is the complement of the old
// word, so that nobody comes to rest on it. What the model does not know stops the simulation, or already the build:
// two clocks, an asynchronous reset that is used, chip selects, inverted pins.

module DP16KD #(
    parameter [319:0] INITVAL_00 = 320'd0,
    parameter [319:0] INITVAL_01 = 320'd0,
    parameter [319:0] INITVAL_02 = 320'd0,
    parameter [319:0] INITVAL_03 = 320'd0,
    parameter [319:0] INITVAL_04 = 320'd0,
    parameter [319:0] INITVAL_05 = 320'd0,
    parameter [319:0] INITVAL_06 = 320'd0,
    parameter [319:0] INITVAL_07 = 320'd0,
    parameter [319:0] INITVAL_08 = 320'd0,
    parameter [319:0] INITVAL_09 = 320'd0,
    parameter [319:0] INITVAL_0A = 320'd0,
    parameter [319:0] INITVAL_0B = 320'd0,
    parameter [319:0] INITVAL_0C = 320'd0,
    parameter [319:0] INITVAL_0D = 320'd0,
    parameter [319:0] INITVAL_0E = 320'd0,
    parameter [319:0] INITVAL_0F = 320'd0,
    parameter [319:0] INITVAL_10 = 320'd0,
    parameter [319:0] INITVAL_11 = 320'd0,
    parameter [319:0] INITVAL_12 = 320'd0,
    parameter [319:0] INITVAL_13 = 320'd0,
    parameter [319:0] INITVAL_14 = 320'd0,
    parameter [319:0] INITVAL_15 = 320'd0,
    parameter [319:0] INITVAL_16 = 320'd0,
    parameter [319:0] INITVAL_17 = 320'd0,
    parameter [319:0] INITVAL_18 = 320'd0,
    parameter [319:0] INITVAL_19 = 320'd0,
    parameter [319:0] INITVAL_1A = 320'd0,
    parameter [319:0] INITVAL_1B = 320'd0,
    parameter [319:0] INITVAL_1C = 320'd0,
    parameter [319:0] INITVAL_1D = 320'd0,
    parameter [319:0] INITVAL_1E = 320'd0,
    parameter [319:0] INITVAL_1F = 320'd0,
    parameter [319:0] INITVAL_20 = 320'd0,
    parameter [319:0] INITVAL_21 = 320'd0,
    parameter [319:0] INITVAL_22 = 320'd0,
    parameter [319:0] INITVAL_23 = 320'd0,
    parameter [319:0] INITVAL_24 = 320'd0,
    parameter [319:0] INITVAL_25 = 320'd0,
    parameter [319:0] INITVAL_26 = 320'd0,
    parameter [319:0] INITVAL_27 = 320'd0,
    parameter [319:0] INITVAL_28 = 320'd0,
    parameter [319:0] INITVAL_29 = 320'd0,
    parameter [319:0] INITVAL_2A = 320'd0,
    parameter [319:0] INITVAL_2B = 320'd0,
    parameter [319:0] INITVAL_2C = 320'd0,
    parameter [319:0] INITVAL_2D = 320'd0,
    parameter [319:0] INITVAL_2E = 320'd0,
    parameter [319:0] INITVAL_2F = 320'd0,
    parameter [319:0] INITVAL_30 = 320'd0,
    parameter [319:0] INITVAL_31 = 320'd0,
    parameter [319:0] INITVAL_32 = 320'd0,
    parameter [319:0] INITVAL_33 = 320'd0,
    parameter [319:0] INITVAL_34 = 320'd0,
    parameter [319:0] INITVAL_35 = 320'd0,
    parameter [319:0] INITVAL_36 = 320'd0,
    parameter [319:0] INITVAL_37 = 320'd0,
    parameter [319:0] INITVAL_38 = 320'd0,
    parameter [319:0] INITVAL_39 = 320'd0,
    parameter [319:0] INITVAL_3A = 320'd0,
    parameter [319:0] INITVAL_3B = 320'd0,
    parameter [319:0] INITVAL_3C = 320'd0,
    parameter [319:0] INITVAL_3D = 320'd0,
    parameter [319:0] INITVAL_3E = 320'd0,
    parameter [319:0] INITVAL_3F = 320'd0,
    parameter DATA_WIDTH_A = 18,
    parameter DATA_WIDTH_B = 18,
    parameter REGMODE_A = "NOREG",
    parameter REGMODE_B = "NOREG",
    parameter WRITEMODE_A = "NORMAL",
    parameter WRITEMODE_B = "NORMAL",
    parameter CSDECODE_A = "0b000",
    parameter CSDECODE_B = "0b000",
    parameter CLKAMUX = "CLKA",
    parameter CLKBMUX = "CLKB",
    parameter RESETMODE = "SYNC",
    parameter ASYNC_RESET_RELEASE = "SYNC",
    parameter GSR = "ENABLED"
) (
    input wire
        DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13,
        DIA14, DIA15, DIA16, DIA17,
    input wire
        ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input wire CLKA, CEA, OCEA, WEA, RSTA, CSA0, CSA1, CSA2,
    output wire
        DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12, DOA13,
        DOA14, DOA15, DOA16, DOA17,
    input wire
        DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13,
        DIB14, DIB15, DIB16, DIB17,
    input wire
        ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input wire CLKB, CEB, OCEB, WEB, RSTB, CSB0, CSB1, CSB2,
    output wire
        DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13,
        DOB14, DOB15, DOB16, DOB17
);
  // A word of 36 bits per address; every narrower word is a part of one.
  reg [35:0] words[0:511];
  localparam [64*320-1:0] INIT = {
      INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
      INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
      INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
      INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
      INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
      INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
      INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
      INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
  };

  function known_width(input integer bits);
    known_width = bits == 1 || bits == 2 || bits == 4 || bits == 9 || bits == 18 || bits == 36;
  endfunction
  wire known = known_width(DATA_WIDTH_A) && known_width(DATA_WIDTH_B)
      && (REGMODE_A == "NOREG" || REGMODE_A == "OUTREG") && (REGMODE_B == "NOREG" || REGMODE_B == "OUTREG")
      && (WRITEMODE_A == "NORMAL" || WRITEMODE_A == "READBEFOREWRITE" || WRITEMODE_A == "WRITETHROUGH")
      && (WRITEMODE_B == "NORMAL" || WRITEMODE_B == "READBEFOREWRITE" || WRITEMODE_B == "WRITETHROUGH")
      && CSDECODE_A == "0b000" && CSDECODE_B == "0b000" && CLKAMUX == "CLKA" && CLKBMUX == "CLKB"
      && (RESETMODE == "SYNC" || RESETMODE == "ASYNC");
  integer at;
  initial begin
    if (!known)
      $fatal(1, "DP16KD: a mode that the model does not know");
    for (at = 0; at < 1024; at = at + 1) words[at/2][at%2*18+:18] = INIT[at*20+:18];
  end

  // Where a word lies: what the address leaves of nine bits per byte, and of eight within one.
  function [5:0] place(input integer bits, input [13:0] address);
    case (bits)
      36: place = 0;
      18: place = address[4] * 18;
      9: place = address[4:3] * 9;
      4: place = address[4:3] * 9 + address[2] * 4;
      2: place = address[4:3] * 9 + address[2:1] * 2;
      default: place = address[4:3] * 9 + address[2:0];
    endcase
  endfunction
  function [35:0] low_bits(input integer bits);
    low_bits = ~36'd0 >> (36 - bits);
  endfunction
  function [35:0] written(input integer bits, input [13:0] address);
    written = bits == 36 ? {{9{address[3]}}, {9{address[2]}}, {9{address[1]}}, {9{address[0]}}}
        : bits == 18 ? {{9{address[1]}}, {9{address[0]}}} : low_bits(bits);
  endfunction

  wire [13:0] a_address = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] b_address = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] a_data = {
      DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0
  };
  wire [17:0] b_data = {
      DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0
  };
  wire [5:0] a_place = place(DATA_WIDTH_A, a_address);
  wire [5:0] b_place = place(DATA_WIDTH_B, b_address);
  wire [35:0] a_mask = CEA && WEA && !RSTA ? written(DATA_WIDTH_A, a_address) << a_place : 36'd0;
  wire [35:0] b_mask = CEB && WEB && !RSTB ? written(DATA_WIDTH_B, b_address) << b_place : 36'd0;
  wire [35:0] a_wide = (DATA_WIDTH_A == 36 ? {b_data, a_data} : {18'd0, a_data}) << a_place;
  wire [35:0] b_wide = {18'd0, b_data} << b_place;
  wire together = a_address[13:5] == b_address[13:5];

  reg [35:0] a_old, b_old, a_new, b_new, a_word, b_word, a_register, b_register;
  initial begin
    a_word = 0;
    b_word = 0;
    a_register = 0;
    b_register = 0;
  end
  wire tick = CLKA | CLKB;
  always @(posedge tick) begin
    if ((CEA && CLKA !== 1'b1) || (CEB && CLKB !== 1'b1))
      $fatal(1, "DP16KD: its ports must have one clock");
    if ((CSA0 | CSA1 | CSA2 | CSB0 | CSB1 | CSB2) || (RESETMODE == "ASYNC" && (RSTA || RSTB)))
      $fatal(1, "DP16KD: the model knows neither chip selects nor an asynchronous reset");
    if ((CEB && WEB && DATA_WIDTH_B == 36) || (CEA && !WEA && DATA_WIDTH_A == 36))
      $fatal(1, "DP16KD: with 36 bits port A writes and port B reads");
    a_old = words[a_address[13:5]];
    b_old = words[b_address[13:5]];
    a_new = (a_old & ~a_mask) | (a_wide & a_mask);
    b_new = (b_old & ~b_mask) | (b_wide & b_mask);
    if (OCEA) a_register <= a_word;
    if (OCEB) b_register <= b_word;
    if (RSTA) begin
      a_word <= 0;
      a_register <= 0;
    end else if (CEA && (!WEA || WRITEMODE_A != "NORMAL")) begin
      a_word <= ((WEA && WRITEMODE_A == "WRITETHROUGH" ? a_new : a_old) ^ (together ? b_mask : 36'd0)) >> a_place;
    end
    if (RSTB) begin
      b_word <= 0;
      b_register <= 0;
    end else if (CEB && (!WEB || WRITEMODE_B != "NORMAL")) begin
      b_word <= ((WEB && WRITEMODE_B == "WRITETHROUGH" ? b_new : b_old) ^ (together ? a_mask : 36'd0)) >> b_place;
    end
    words[a_address[13:5]] = a_new;
    words[b_address[13:5]] = (words[b_address[13:5]] & ~b_mask) | (b_wide & b_mask);
  end

  wire [35:0] a_out = (REGMODE_A == "OUTREG" ? a_register : a_word) & low_bits(DATA_WIDTH_A);
  wire [35:0] b_out = (REGMODE_B == "OUTREG" ? b_register : b_word) & low_bits(DATA_WIDTH_B);
  assign {
      DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0
  } = DATA_WIDTH_B == 36 ? b_out[17:0] : a_out[17:0];
  assign {
      DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
  } = DATA_WIDTH_B == 36 ? b_out[35:18] : b_out[17:0];
endmodule
