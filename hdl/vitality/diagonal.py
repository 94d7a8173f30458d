"""The edge of SA-Diag, the extra column that computes Q ksum^T beside Q G (paper, step 4)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.memory.ram import Ram, address_bits
from attnforge.hdl.vitality.config import Config

__all__ = ["DiagonalFeeder"]


class DiagonalFeeder(wiring.Component):
    """Loads SA-Diag with a tile of ksum: 3 cycles from address to word, one word per cycle.

    Parameters
    ----------
    config : Config

    Members
    -------
    w_en, w_address, w_data : In
        Write port; the address is the job's slot and the feature.
    en, address : In
        In cycle y.
    zero : In
        In cycle y + 2: a row that the tile does not fill.
    word : Out
        In cycle y + 3.
    """

    latency = 3

    def __init__(self, config: Config):
        self.config = config
        self.depth = config.job_slots << address_bits(config.max_head_dim)
        self.key = (config,)
        super().__init__(
            {
                "w_en": In(1),
                "w_address": In(address_bits(self.depth)),
                "w_data": In(config.key_residue.shape),
                "en": In(1),
                "address": In(address_bits(self.depth)),
                "zero": In(1),
                "word": Out(config.key_residue.shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        residues = place(m, platform, "residues", Ram(self.config.key_residue.shape, self.depth, "residues"))
        s2_word, s3_word = (Signal(self.config.key_residue.shape, reset_less=True, name=f"s{n}_word") for n in (2, 3))
        m.d.comb += [
            residues.w_en.eq(self.w_en),
            residues.w_address.eq(self.w_address),
            residues.w_data.eq(self.w_data),
            residues.r_en.eq(self.en),
            residues.r_address.eq(self.address),
            self.word.eq(s3_word),
        ]
        m.d.sync += [s2_word.eq(residues.r_data), s3_word.eq(Mux(self.zero, 0, s2_word))]
        return m
