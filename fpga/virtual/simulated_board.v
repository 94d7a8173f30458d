// A shell on a board that is simulated: the host's UART, which hands whole bytes to Python a few times in a thousand
// cycles. Its bits need not be as long as the shell's. SHELL may stand for a board's top around the shell.
`ifndef SHELL
`define SHELL shell
`endif
module simulated_board (
  input clk,
  input rst,
  input [31:0] bit_time,  // of the host, in 1/256 cycles
  input [31:0] period,    // cycles from one change of `wake` to the next
  input [35:0] give,      // bytes for the line: changes in bit 35 when they are new, count, the first byte lowest
  output reg wake,
  output reg [39:0] got,  // bytes that wait to be sent, count of received bytes, the first byte lowest
  output wire busy,
  output wire failed
);
  wire tx;
  reg rx;
  `SHELL shell (.clk(clk), .rst(rst), .rx(rx), .tx(tx), .busy(busy), .failed(failed));

  // Handing over --------------------------------------------------------------------------------------------------
  reg [7:0] queue [0:15];
  reg [4:0] level;
  reg [3:0] head;
  reg taken;
  reg [31:0] waited;
  reg [31:0] received;
  reg [2:0] received_count;
  integer k;
  always @(posedge clk) begin
    if (rst) begin
      wake <= 0;
      got <= 0;
      waited <= 0;
      level = 0;
      head = 0;
      taken <= give[35];
      received_count = 0;
      rx <= 1;
      sending = 0;
      send_time = 0;
      listening <= 0;
    end else begin
      send;
      listen;
      waited <= waited + 1;
      if (waited == period) begin
        waited <= 0;
        if (give[35] != taken) begin
          taken <= give[35];
          for (k = 0; k < 4; k = k + 1) if (k < give[34:32]) begin
            queue[head + level[3:0]] = give[8*k +: 8];
            level = level + 1;
          end
        end
        got <= {level, received_count, received};
        received_count = 0;
        wake <= ~wake;
      end
    end
  end

  // To the shell ------------------------------------------------------------------------------------------------------
  reg [9:0] sending;  // bits to come, the lowest one on the line; the stop bit last
  reg [31:0] send_time;
  task send;
    begin
      if (send_time >= 256) send_time = send_time - 256;
      if (send_time < 256) begin
        sending = sending >> 1;
        if (sending != 0) begin
          rx <= sending[0];
          send_time = send_time + bit_time;
        end else if (level != 0) begin
          sending = {1'b1, queue[head], 1'b0};
          head = head + 1;
          level = level - 1;
          rx <= 0;
          send_time = send_time + bit_time;
        end else send_time = 0;
      end
    end
  endtask

  // From the shell ----------------------------------------------------------------------------------------------------
  reg listening;
  reg [3:0] bits;
  reg [8:0] heard;
  reg [31:0] listen_time;
  task listen;
    begin
      if (!listening) begin
        listening <= !tx;
        bits <= 0;
        listen_time = bit_time >> 1;
      end else begin
        listen_time = listen_time - 256;
        if (listen_time < 256) begin
          listen_time = listen_time + bit_time;
          heard <= {tx, heard[8:1]};
          bits <= bits + 1;
          if (bits == 9) begin
            listening <= 0;
            if (tx && received_count < 4) begin
              received[8*received_count +: 8] = heard[8:1];
              received_count = received_count + 1;
            end
          end
        end
      end
    end
  endtask
endmodule
