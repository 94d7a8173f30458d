"""The iCE40's own blocks: memory and multiplier, with their registers, instanced where synthesis would not do it."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Shape, Signal

__all__ = ["MAC_BITS", "RAM_SHAPES", "block_memory", "held_product"]

RAM_SHAPES = ((256, 16), (512, 8), (1024, 4), (2048, 2))
"""Depth and width of a block by its mode."""
RAM_BITS = ((0, 1), (0, 2), (1, 4), (3, 8))
"""First data pin in use and distance of the next, by mode."""
MAC_BITS = 16


def block_memory(m, name, width, *, shape, write, read, falling=False):
    """Put a memory of block RAMs side by side into ``m``; returns the word read.

    Parameters
    ----------
    m : Module
    name : str
        First part of the instances' names.
    width : int
        Bits of a word.
    shape : int
        Index into `RAM_SHAPES`.
    write, read : (enable, address, data), (enable, address)
    falling : bool
        Read at the falling edge in the middle of the cycle: the word is there in the cycle of its address, as from a
        memory that is read without a clock. Address and word have half a cycle each.
    """
    bits = RAM_SHAPES[shape][1]
    first, distance = RAM_BITS[shape]
    word = Signal(width, name=f"{name}_word")
    parts = []
    for number, start in enumerate(range(0, width, bits)):
        used = min(bits, width - start)
        pins = Signal(16, name=f"{name}{number}_r_pins")
        w_pins = Signal(16, name=f"{name}{number}_w_pins")
        m.d.comb += [w_pins[first + k * distance].eq(write[2][start + k]) for k in range(used)]
        ports = {"i_WDATA": w_pins, "i_MASK": Const(0, 16), "i_WE": Const(1), "i_RE": Const(1)}
        for letter, (enable, address, *_) in (("W", write), ("R", read)):
            wide = Signal(11, name=f"{name}{number}_{letter.lower()}_address")
            m.d.comb += wide.eq(address)
            ports |= {f"i_{letter}CLKE": enable, f"i_{letter}ADDR": wide}
        ports |= {"i_WCLK": ClockSignal(), "i_RCLKN" if falling else "i_RCLK": ClockSignal(), "o_RDATA": pins}
        modes = {"p_READ_MODE": Const(shape, 2), "p_WRITE_MODE": Const(shape, 2)}
        m.submodules[f"{name}{number}"] = Instance("SB_RAM40_4KNR" if falling else "SB_RAM40_4K", **modes, **ports)
        parts += [pins[first + k * distance] for k in range(used)]
    m.d.comb += word.eq(Cat(*parts))
    return word


def held_product(m, name, moving, held, take):
    """Put a multiplier with four stages of registers into ``m``; returns the signed product, 32 bits.

    Parameters
    ----------
    m : Module
    name : str
    moving, held : Value
        Signed, up to `MAC_BITS` wide.
    take : Value, 1 bit
        The register of ``held`` takes its operand; otherwise it keeps it.
    """
    operands = {}
    for letter, value in (("A", moving), ("B", held)):
        operands[letter] = Signal(Shape(MAC_BITS, True), name=f"{name}_{letter.lower()}")
        m.d.comb += operands[letter].eq(value)
    product = Signal(Shape(2 * MAC_BITS, True), name=f"{name}_product")
    parameters = {f"p_{key}": Const(1, 1) for key in ("A_REG", "B_REG", "A_SIGNED", "B_SIGNED", "TOP_8x8_MULT_REG",
                                                      "BOT_8x8_MULT_REG", "PIPELINE_16x16_MULT_REG1",
                                                      "PIPELINE_16x16_MULT_REG2")}
    # The output registers take the product plus 0: the adder's other operand is the input C, D.
    for half in ("TOP", "BOT"):
        parameters |= {f"p_{half}OUTPUT_SELECT": Const(1, 2), f"p_{half}ADDSUB_LOWERINPUT": Const(2, 2),
                       f"p_{half}ADDSUB_UPPERINPUT": Const(1, 1)}
    zeros = ("AHOLD CHOLD DHOLD IRSTTOP IRSTBOT ORSTTOP ORSTBOT OLOADTOP OLOADBOT ADDSUBTOP ADDSUBBOT OHOLDTOP "
             "OHOLDBOT CI ACCUMCI SIGNEXTIN")
    ports = {f"i_{port}": Const(0) for port in zeros.split()}
    ports |= {f"i_{letter}": operands[letter] for letter in "AB"} | {f"i_{letter}": Const(0, 16) for letter in "CD"}
    ports |= {"i_CLK": ClockSignal(), "i_CE": Const(1), "i_BHOLD": ~take, "o_O": product}
    m.submodules[name] = Instance("SB_MAC16", **parameters, **ports)
    return product
