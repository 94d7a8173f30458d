"""The top of a board: clock, reset and pins around the shell."""

from amaranth.hdl import ClockDomain, Elaboratable, Instance, Module, Signal
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

KEEP_RUNNING = "keep_running"  # a pin that a board wants high
RESET_CYCLES = 256  # of the crystal: 10 us and more; an iCE40's block RAMs read as zeros for the first three


class BoardTop(Elaboratable):
    """Ties the module ``shell`` to a board: its clock from the crystal or a PLL, a reset at power-on, UART and LEDs.

    The shell comes as Verilog, with the ports ``clk``, ``rst``, ``rx``, ``tx``, ``busy`` and ``failed``; so what is
    synthesised is the text that was emitted and simulated.

    Parameters
    ----------
    pll : attnforge.fpga.board.pll.Pll or None
        None runs the shell at the crystal's clock.
    """

    def __init__(self, pll=None):
        self.pll = pll

    def elaborate(self, platform):
        m = Module()
        crystal = ClockDomain("crystal", reset_less=True, local=True)
        sync = ClockDomain("sync")
        m.domains += [crystal, sync]
        m.submodules.clock_pin = clock = io.Buffer("i", platform.request(platform.default_clk, dir="-"))
        m.d.comb += crystal.clk.eq(clock.i)
        good = Signal(init=1, name="good")
        if self.pll is None:
            m.d.comb += sync.clk.eq(crystal.clk)
        else:
            locked = Signal(name="locked")
            m.submodules.pll = self.pll.instance(crystal.clk, sync.clk, locked)
            m.submodules.locked = FFSynchronizer(locked, good, o_domain="crystal", init=0)

        # The counter begins at zero with the bitstream, and again whenever the PLL loses its lock.
        waited = Signal(RESET_CYCLES.bit_length(), name="waited")
        with m.If(~good):
            m.d.crystal += waited.eq(0)
        with m.Elif(~waited[-1]):
            m.d.crystal += waited.eq(waited + 1)
        m.submodules.reset = FFSynchronizer(~waited[-1], sync.rst, o_domain="sync", init=1, reset_less=True)

        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx_pin = rx = io.Buffer("i", uart.rx)
        m.submodules.tx_pin = tx = io.Buffer("o", uart.tx)
        m.submodules.busy_pin = busy = io.Buffer("o", platform.request("led", 0, dir="-"))
        m.submodules.failed_pin = failed = io.Buffer("o", platform.request("led", 1, dir="-"))
        m.submodules.shell = Instance(
            "shell",
            ("i", "clk", sync.clk),
            ("i", "rst", sync.rst),
            ("i", "rx", rx.i),
            ("o", "tx", tx.o),
            ("o", "busy", busy.o),
            ("o", "failed", failed.o),
        )
        if (KEEP_RUNNING, 0) in platform.resources:
            m.submodules.keep_running_pin = pin = io.Buffer("o", platform.request(KEEP_RUNNING, 0, dir="-"))
            m.d.comb += pin.o.eq(1)
        return m
