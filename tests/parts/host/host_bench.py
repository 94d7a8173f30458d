"""A host front end around a toy core for Amaranth's simulator: what the tests of the front end share."""

from amaranth.hdl import Module
from amaranth.sim import Simulator

from attnforge.hdl.contract.design import Field
from attnforge.hdl.contract.registers import register_map
from attnforge.hdl.parts.host.front_end import HostFrontEnd

FIELDS = (
    Field("length", 6, 1, 40, "beats"),
    Field("addend", 8, 3, 200, "added to every byte"),
    Field("any", 4, 0, 15, "whatever"),
)
COUNTERS = (Field("ODD", 7, 0, 127, "odd things"),)


def front_end(slots=3, beat_bytes=1):
    registers = register_map(name="toy", slots=slots, beat_bytes=beat_bytes, config_words={"ANSWER": 42},
                             fields=FIELDS, counters=COUNTERS)
    return HostFrontEnd(registers=registers, fields=FIELDS, slots=slots, counters=COUNTERS, beat_bytes=beat_bytes)


class Bench:
    """Drives the register port of a `HostFrontEnd` in a process of Amaranth's simulator."""

    def __init__(self, dut):
        self.dut = dut
        self.map = dut.registers

    def run(self, *processes):
        m = Module()
        m.submodules.dut = self.dut
        simulator = Simulator(m)
        simulator.add_clock(1e-6)
        for process in processes:
            simulator.add_testbench(process)
        simulator.run()

    async def write(self, ctx, name, value):
        csr = self.dut.csr
        ctx.set(csr.addr, self.map[name].offset)
        ctx.set(csr.w_data, value)
        ctx.set(csr.w_en, 1)
        await ctx.tick()
        ctx.set(csr.w_en, 0)

    async def read(self, ctx, name):
        csr = self.dut.csr
        ctx.set(csr.addr, name if isinstance(name, int) else self.map[name].offset)
        ctx.set(csr.r_en, 1)
        await ctx.tick()
        ctx.set(csr.r_en, 0)
        return ctx.get(csr.r_data)

    async def field(self, ctx, register, name):
        word = await self.read(ctx, register)
        field = next(f for f in self.map[register].fields if f.name == name)
        return (word >> field.lsb) & ((1 << field.bits) - 1)

    async def control(self, ctx, **bits):
        value = sum(1 << f.lsb for f in self.map["CONTROL"].fields if bits.get(f.name.lower()))
        await self.write(ctx, "CONTROL", value)

    async def start(self, ctx, **registers):
        for name, value in registers.items():
            await self.write(ctx, name.upper(), value)
        await self.control(ctx, start=1)

    async def error(self, ctx):
        return self.map.error_name(await self.field(ctx, "ERROR", "CODE")), await self.field(ctx, "ERROR", "NUMBER")

    async def retire(self, ctx, *, macs=0, dropped=0, odd=0):
        """Tell that the oldest job leaves."""
        done = self.dut.done
        for name, value in {"valid": 1, "dropped": dropped, "macs": macs, "ODD": odd}.items():
            ctx.set(done[name], value)
        await ctx.tick()
        ctx.set(done.valid, 0)
