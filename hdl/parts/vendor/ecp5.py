"""The ECP5's block RAM with its own output register, instanced: synthesis does not put a register into one."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Signal

__all__ = ["RAM_SHAPES", "registered_memory"]

RAM_SHAPES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""Depth and width of a block by its mode."""
PINS, ADDRESS_PINS = 18, 14
"""Of the data and of the address of one port."""
BYTE, ENABLES = 9, 4
"""Bits of a byte; address pins that may be enables of bytes."""


def registered_memory(m, name, width, *, depth, write, read):
    """Put a memory of block RAMs side by side into ``m``; returns the word read, two cycles after its address.

    From the clock to the word it takes 1 ns, and 5.8 ns without the register. Port A writes and port B reads; in the
    mode of 36 bits both ports' data pins are one word.

    Parameters
    ----------
    m : Module
    name : str
        First part of the instances' names.
    width : int
        Bits of a word.
    depth : int
        Words, up to the depth of the deepest mode.
    write, read : (enable, address, data), (enable, address)
    """
    mode_depth, bits = next(shape for shape in RAM_SHAPES if shape[0] >= depth)
    low_pins = ADDRESS_PINS - (mode_depth - 1).bit_length()
    fixed = {"CSDECODE_A": "0b000", "CSDECODE_B": "0b000", "RESETMODE": "SYNC", "ASYNC_RESET_RELEASE": "SYNC"}
    fixed |= {"GSR": "DISABLED", **{f"{key}_{port}": value for port in "AB"
                                    for key, value in (("DATA_WIDTH", bits), ("REGMODE", "OUTREG"))}}  # fmt: skip
    fixed = {f"p_{key}": value for key, value in fixed.items()}
    # Where a word is wider than a byte, the lowest address pins are the enables of its bytes.
    by_bytes, whole = bits > BYTE, bits == 2 * PINS
    tied = {"CEA": 1, "WEB": 0, "OCEA": 1, "OCEB": 1, "RSTA": 0, "RSTB": 0}
    tied |= {f"CS{port}{bit}": 0 for port in "AB" for bit in range(3)}
    parts = []
    for number, start in enumerate(range(0, width, bits)):
        used = min(bits, width - start)
        r_pins = Signal(used, name=f"{name}{number}_r_pins")
        ports = {f"i_{pin}": Const(value, 1) for pin, value in tied.items()}
        ports |= {"i_WEA": 1 if by_bytes else write[0], "i_CEB": read[0]}
        enables = write[0].replicate(min(low_pins, ENABLES)) if by_bytes else Const(0, 0)
        for port, low, address in (("A", enables, write[1]), ("B", Const(0, 0), read[1])):
            pins = Signal(ADDRESS_PINS, name=f"{name}{number}_{port.lower()}_address")
            m.d.comb += pins.eq(Cat(low, Const(0, low_pins - len(low)), address))
            ports |= {f"i_CLK{port}": ClockSignal()} | {f"i_AD{port}{bit}": pins[bit] for bit in range(ADDRESS_PINS)}
        # Pins without a bit of the word stay open.
        for bit in range(used):
            ports[f"i_DI{'AB'[bit // PINS]}{bit % PINS}"] = write[2][start + bit]
            ports[f"o_DO{'AB'[bit // PINS] if whole else 'B'}{bit % PINS}"] = r_pins[bit]
        m.submodules[f"{name}{number}"] = Instance("DP16KD", **fixed, **ports)
        parts.append(r_pins)
    return Cat(*parts)
