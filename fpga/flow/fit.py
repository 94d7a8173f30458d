"""What fits a board, before anything is built: resources estimated from the elaborated hierarchy."""

from math import ceil

from attnforge.fpga.board.shell import LINK_BUFFER
from attnforge.fpga.flow.dsp_blocks import blocks_needed
from attnforge.gen.emission.emit import elaborate
from attnforge.gen.errors import UsageError
from attnforge.gen.estimate import LUT_DEPTH, estimate
from attnforge.gen.request import resolve
from attnforge.hdl.parts.link.host_link import HostLink

# Logic cells per bit of an operation, fitted to the measured cores (tests/fpga/flow/test_fit.py): yosys merges some of
# the registers and gates that the hierarchy has.
ECP5_COMB = {"adder": 1.0, "gate": 0.7, "shifter": 2.0}
ECP5_FF = 0.85
ECP5_TABLE_BITS = 8  # of a memory in look-up tables, per TRELLIS_COMB
ICE40_LC = {"adder": 0.71, "gate": 0.48, "shifter": 1.4, "register": 0.72}


def resources(design, config, family):
    """Estimate what a core needs of each resource of a family, the host link included.

    The counts of multipliers and memories are those of synthesis; logic cells are within about a fifth. DSP blocks of
    an ECP5 follow from the multipliers' clock enables; inferred multipliers have none.
    """
    inventory = elaborate(design.top(config), family)
    link = elaborate(HostLink(4, config.beat_bytes, LINK_BUFFER[family]), family)
    core, beside = (estimate(design, config, family, part) for part in (inventory, link))
    blocks = {"dsp": core.dsp + beside.dsp, "ram" if family == "ice40" else "ebr": core.ebr + beside.ebr}
    bits = inventory.bits + link.bits
    if family == "ice40":
        return {"lc": ceil(sum(factor * bits[kind] for kind, factor in ICE40_LC.items())), **blocks}
    comb = sum(factor * bits[kind] for kind, factor in ECP5_COMB.items())
    for (width, depth, small), count in (inventory.memories + link.memories).items():
        if small or depth <= LUT_DEPTH:
            comb += count * width * depth / ECP5_TABLE_BITS
    enables = [*inventory.enables, *link.enables]
    enables += [frozenset()] * (blocks["dsp"] - len(enables))
    blocks["dsp_block"] = blocks_needed(enables)
    return {"comb": ceil(comb), "ff": ceil(ECP5_FF * bits["register"]), **blocks}


def largest_array(design, preset, settings, device, *, below=None):
    """Return the largest array of a design that a device should hold, as (rows, columns), or None.

    Arrays are square or have one column more than rows.

    Parameters
    ----------
    design : str
    preset : str or None
    settings : mapping of str to value
        Config fields, as on the command line.
    device : attnforge.fpga.board.chip.Device
    below : int or None
        Only arrays of fewer processing elements.
    """

    def request_of(shape):
        rows, columns = shape
        try:
            return resolve(design, preset=preset, pe=f"{rows}x{columns}", settings=settings, target=device.family)
        except UsageError:
            return None

    def fits(shape):
        request = request_of(shape)
        return not device.shortage(**resources(request.design, request.config, device.family))

    sizes = [(size // 2, (size + 1) // 2) for size in range(2, 2 * 128 + 1)]  # 1x1, 1x2, 2x2, 2x3, ...
    small = [shape for shape in sizes if below is None or shape[0] * shape[1] < below]
    shapes = [shape for shape in small if request_of(shape)]  # some designs have even arrays alone
    low, high = -1, len(shapes)  # shapes[low] fits, shapes[high] does not
    step = 1
    while low + step < high and fits(shapes[low + step]):  # small ones are quick to elaborate
        low, step = low + step, 2 * step
    high = min(high, low + step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(shapes[middle]) else (low, middle)
    return shapes[low] if low >= 0 else None
