"""The ECP5's PLL: dividers for a clock, and the block itself."""

from dataclasses import dataclass

from amaranth.hdl import Const, Instance

# Limits of the data sheet (FPGA-DS-02012, sysCLOCK PLL timing), in MHz.
PHASE_DETECTOR = (3.125, 400)
OSCILLATOR = (400, 800)
OUTPUT = (3.125, 400)


@dataclass(frozen=True)
class Pll:
    """Dividers of an EHXPLLL whose feedback is its own output.

    Attributes
    ----------
    input_div, feedback_div, output_div : int
        The output runs at ``feedback_div / input_div`` times the input, the oscillator ``output_div`` times as fast.
    """

    input_div: int
    feedback_div: int
    output_div: int

    @classmethod
    def between(cls, input_mhz, output_mhz):
        """Return dividers that give exactly this clock: the fastest phase detector, then the middle of the oscillator.

        Raises
        ------
        ValueError
            There are none.
        """
        low, high = OSCILLATOR
        found = []
        for input_div in range(1, 129):
            detector = input_mhz / input_div
            feedback_div = round(output_mhz / detector)
            exact = 1 <= feedback_div <= 80 and abs(feedback_div * detector - output_mhz) < 1e-6
            if not (exact and _within(detector, PHASE_DETECTOR) and _within(output_mhz, OUTPUT)):
                continue
            for output_div in range(1, 129):
                oscillator = output_mhz * output_div
                if low <= oscillator <= high:
                    found.append((input_div, abs(oscillator - (low + high) / 2), output_div, feedback_div))
        if not found:
            raise ValueError(f"a PLL makes no clock of {output_mhz:g} MHz from {input_mhz:g} MHz")
        input_div, _, output_div, feedback_div = min(found)
        return cls(input_div, feedback_div, output_div)

    def instance(self, clk_in, clk_out, locked):
        """The PLL between two clocks; ``locked`` rises when ``clk_out`` is good."""
        parameters = {
            "CLKI_DIV": self.input_div,
            "CLKFB_DIV": self.feedback_div,
            "CLKOP_DIV": self.output_div,
            "CLKOP_CPHASE": self.output_div - 1,
            "CLKOP_FPHASE": 0,
            "CLKOP_ENABLE": "ENABLED",
            "FEEDBK_PATH": "CLKOP",
            "PLLRST_ENA": "DISABLED",
            "INTFB_WAKE": "DISABLED",
            "STDBY_ENABLE": "DISABLED",
            "DPHASE_SOURCE": "DISABLED",
            "OUTDIVIDER_MUXA": "DIVA",
        }
        off = ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PHASEDIR", "PHASESTEP", "PHASELOADREG", "PLLWAKESYNC")
        return Instance(
            "EHXPLLL",
            ("a", "ICP_CURRENT", "12"),
            ("a", "LPF_RESISTOR", "8"),
            ("a", "MFG_ENABLE_FILTEROPAMP", "1"),
            ("a", "MFG_GMCREF_SEL", "2"),
            *(("p", name, value) for name, value in parameters.items()),
            *(("i", name, Const(0)) for name in off),
            ("i", "ENCLKOP", Const(1)),
            ("i", "CLKI", clk_in),
            ("i", "CLKFB", clk_out),
            ("o", "CLKOP", clk_out),
            ("o", "LOCK", locked),
        )


def _within(value, limits):
    return limits[0] <= value <= limits[1]
