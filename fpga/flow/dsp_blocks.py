"""The ECP5's DSP blocks: how many multipliers can share one, by the clock enables that they bring.

A block is two slices of two MULT18X18D and an ALU54B, with four wires for clock enables (and four each for clocks and
resets, of which cores have one). The router puts multipliers into one block only if the nets at all their CE pins
are four at most, a constant one among them (nextpnr 0.11, ``is_dsp_location_valid``); where no such place is left, its
placer goes on searching.
"""

import json
from collections import Counter

MULTIPLIER, CE_PINS = "MULT18X18D", ("CE0", "CE1", "CE2", "CE3")
MULTIPLIERS, ENABLES = 4, 4  # of a block


def blocks_needed(multipliers):
    """How many blocks take some multipliers.

    Those with the most nets that no other one has go first, each into the first block with room. That is the least
    number where every multiplier has one enable of its own beside a shared one, or shared ones alone, as in all cores.

    Parameters
    ----------
    multipliers : iterable of frozenset
        For each the nets at its CE pins.
    """
    multipliers = list(multipliers)
    uses = Counter(net for nets in multipliers for net in nets)
    multipliers.sort(key=lambda nets: (-sum(uses[net] == 1 for net in nets), -len(nets), sorted(map(str, nets))))
    closed, opened = 0, []
    for nets in multipliers:
        for block in opened:
            if len(block["nets"] | nets) <= ENABLES:
                break
        else:
            opened.append(block := {"nets": frozenset(), "multipliers": 0})
        block["nets"] |= nets
        block["multipliers"] += 1
        if block["multipliers"] == MULTIPLIERS:
            opened.remove(block)
            closed += 1
    return closed + len(opened)


def enables_of_netlist(path):
    """For each multiplier of a netlist, as yosys writes it in JSON, the nets at its CE pins."""
    found = []
    for module in json.loads(path.read_text())["modules"].values():
        for cell in module["cells"].values():
            if cell["type"] == MULTIPLIER:
                bits = (cell["connections"].get(pin, []) for pin in CE_PINS)
                found.append(frozenset(bit for each in bits for bit in each if bit != "x"))
    return found


def shortage(netlist, device):
    """Say in words that a netlist's multipliers need more blocks than the device has, or return an empty string."""
    if "dsp_block" not in device.resources:
        return ""
    return device.shortage(dsp_block=blocks_needed(enables_of_netlist(netlist)))
