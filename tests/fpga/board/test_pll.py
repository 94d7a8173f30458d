"""The PLL's dividers give the clock that was asked for, within the limits of the data sheet."""

import pytest

from attnforge.fpga.board.pll import OSCILLATOR, PHASE_DETECTOR, Pll


@pytest.mark.parametrize("input_mhz, output_mhz", [(25, 75), (25, 50), (25, 80), (25, 100), (12, 66), (48, 60)])
def test_dividers(input_mhz, output_mhz):
    pll = Pll.between(input_mhz, output_mhz)
    assert input_mhz * pll.feedback_div / pll.input_div == pytest.approx(output_mhz)
    assert PHASE_DETECTOR[0] <= input_mhz / pll.input_div <= PHASE_DETECTOR[1]
    assert OSCILLATOR[0] <= output_mhz * pll.output_div <= OSCILLATOR[1]


@pytest.mark.parametrize("output_mhz", [1, 500, 77.123])
def test_what_no_divider_gives_is_refused(output_mhz):
    with pytest.raises(ValueError, match=f"no clock of {output_mhz} MHz from 25 MHz"):
        Pll.between(25, output_mhz)
