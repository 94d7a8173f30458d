"""The control words that travel through the array, and what its control blocks tell each other."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Shape
from amaranth.lib import data

from attnforge.hdl.dense.config import Config
from attnforge.hdl.dense.geometry import Geometry
from attnforge.hdl.parts.arithmetic.channel_scale import SHIFT_BITS
from attnforge.hdl.parts.memory.ram import address_bits

__all__ = ["Control"]


@dataclass(frozen=True)
class Control:
    """Layouts. A word's fields go out when their stage needs them, and travel from lane to lane, a cycle for each."""

    config: Config

    @cached_property
    def geometry(self) -> Geometry:
        """Strides and depths."""
        return Geometry(self.config)

    @cached_property
    def key_bits(self) -> int:
        """Signed number of a key, relative to a tile: what lies before the tile is below 0."""
        c = self.config
        return (c.max_keys + c.most_rows + c.columns).bit_length() + 1

    @cached_property
    def scale(self) -> data.StructLayout:
        """What a job's scores are multiplied with."""
        return data.StructLayout({"multiplier": self.config.multiplier_bits, "shift": SHIFT_BITS})

    @cached_property
    def scores(self) -> data.StructLayout:
        """How the scores of a block become scaled and masked ones.

        Row i of the block sees the keys from ``first_key`` up to below ``limit`` and below ``bound + i``, numbered from
        the first key of the first tile that is visited.
        """
        bits = self.config.max_keys.bit_length()
        return data.StructLayout(
            {
                "scale": self.scale,
                "first_key": range(max(2, self.config.columns)),
                "limit": bits,
                "bound": Shape(bits + 1, True),
            }
        )

    @cached_property
    def begin(self) -> data.StructLayout:
        """A block whose scores are about to be made, and the bank that they go to.

        ``features`` are those of Q and of V: the products of a pair of a query and a key. ``first`` marks the first
        block of the job in ``slot``.
        """
        block = self.geometry.block.members
        return data.StructLayout(
            {
                "valid": 1,
                "bank": 1,
                "scores": self.scores,
                "features": self.feature_bits,
                "first": 1,
                "slot": block["slot"],
            }
        )

    @cached_property
    def feature_bits(self) -> int:
        """Products of a pair of a query and a key."""
        return (self.config.max_head_dim + self.config.max_value_dim).bit_length()

    @cached_property
    def block_product_bits(self) -> int:
        """Products of a block of a head."""
        c = self.config
        return (c.most_rows * c.max_keys * (c.max_head_dim + c.max_value_dim)).bit_length()

    @cached_property
    def counted(self) -> data.StructLayout:
        """Beside `score`: there is a row of scores, the block's last one, and its bank."""
        return data.StructLayout({"valid": 1, "ends": 1, "bank": 1})

    @cached_property
    def work(self) -> data.StructLayout:
        """A block and what its phases need to know of its job.

        ``outer`` and ``inner`` are the sizes of the first phase: keys from the tile ``key_tile`` on up to the last one
        that some row of the block sees and d, or channels and depth. ``columns`` is d_v.
        """
        c, block = self.config, self.geometry.block.members
        names = ("abort", "first", "final", "stationary", "linear", "rows", "slot", "parameters")
        return data.StructLayout(
            {name: block[name] for name in names}
            | {
                "outer": self.outer_bits,
                "inner": self.inner_bits,
                "columns": c.max_value_dim.bit_length(),
                "key_tile": self.key_tile,
                "scores": self.scores,
            }
        )

    @cached_property
    def key_tile(self) -> Shape:
        """Number of a tile of keys."""
        return Shape(address_bits(self.geometry.key_tiles))

    @cached_property
    def outer_bits(self) -> int:
        """Columns of a phase: keys, features of V or channels."""
        return max(self.config.max_keys, self.config.max_value_dim, self.config.max_channels).bit_length()

    @cached_property
    def inner_bits(self) -> int:
        """Terms of a sum: features, keys or depth."""
        return max(self.config.max_keys, self.config.max_head_dim, self.config.max_depth).bit_length()

    @cached_property
    def pending(self) -> data.StructLayout:
        """A block between its two phases."""
        block = self.geometry.block.members
        names = ("first", "final", "rows", "slot", "parameters")
        return data.StructLayout(
            {name: block[name] for name in names}
            | {
                "bank": 1,
                "keys": self.config.max_keys.bit_length(),
                "key_tile": self.key_tile,
                "columns": self.config.max_value_dim.bit_length(),
            }
        )

    @cached_property
    def phase(self) -> data.StructLayout:
        """A phase that is about to begin, or an abort.

        ``outer`` and ``inner`` are its columns and terms; ``one_outer`` and ``one_inner`` tell that they fit one tile.
        ``load`` is where its bank of stationary operands begins, ``skip`` the words before the first one that is
        needed, and ``feed`` the address of the first moving operand.
        ``releases`` marks the last phase that reads its bank of stationary operands. The rest is as in `tile`.
        """
        g, tile = self.geometry, self.tile.members
        names = ("score", "linear", "fresh", "bank", "score_bank", "rows", "slot", "feed")
        load = address_bits(2 * max(g.key_depth, g.value_depth))
        return data.StructLayout(
            {"valid": 1, "abort": 1}
            | {name: tile[name] for name in names}
            | {
                "outer": self.outer_bits,
                "one_outer": 1,
                "inner": self.inner_bits,
                "one_inner": 1,
                "load": load,
                "skip": load,
                "releases": 1,
            }
        )

    @cached_property
    def tile(self) -> data.StructLayout:
        """A pass: a tile whose stationary operands are loaded, and the rows that stream through it.

        ``score`` and ``linear`` tell the phase; neither is set in the one of V. ``feed`` is the address of the first
        row's operand. ``first`` and ``final`` mark the ends of the reduction, ``opening`` and ``closing`` the first and
        the last tile of columns. ``bank`` is that of the scores of the block, or of its results; ``score_bank`` that
        of the scores that are read. ``unused`` are the rows of the array, at its top, that the tile does not fill.
        ``macs`` are the useful products of a row; ``fresh`` are the first of the job.
        """
        c, g = self.config, self.geometry
        return data.StructLayout(
            {
                "score": 1,
                "linear": 1,
                "first": 1,
                "final": 1,
                "opening": 1,
                "closing": 1,
                "fresh": 1,
                "bank": 1,
                "score_bank": 1,
                "rows": g.rows_bits,
                "slot": g.slot_bits,
                "feed": address_bits(2 * max(g.query_depth, g.score_depth)),
                "unused": address_bits(c.rows),
                "macs": (c.rows * c.columns).bit_length(),
            }
        )

    @cached_property
    def feed(self) -> data.StructLayout:
        """Of the moving operands, down the rows.

        ``s_en`` and ``s_address`` in cycle x, ``maximum`` in x + 2. With E cycles for an exponential: ``q_en``,
        ``q_address`` and ``q_closes`` (the bank is read) in x + E, ``unused`` (rows from this one down that the tile
        does not fill) in x + E + 1, ``is_query`` in x + E + 2, ``swap`` in x + E + 3, where row 0 of the array sees
        the operand.
        """
        g = self.geometry
        return data.StructLayout(
            {
                "s_en": 1,
                "s_address": address_bits(2 * g.score_depth),
                "maximum": self.config.score.shape,
                "q_en": 1,
                "q_address": address_bits(2 * g.query_depth),
                "q_closes": 1,
                "unused": address_bits(self.config.rows),
                "is_query": 1,
                "swap": 1,
            }
        )

    @cached_property
    def load(self) -> data.StructLayout:
        """Of the stationary operands, along the columns.

        ``address``, ``k_en``, ``v_en`` and ``closes`` (the bank is read) in cycle y; ``element`` (of a beat of K) in
        y + 2; ``zero`` (a row that the tile does not fill) and ``is_key`` in y + 3; ``valid`` and ``last`` in y + 4,
        where the top of the column sees the word.
        """
        g = self.geometry
        return data.StructLayout(
            {
                "address": address_bits(2 * max(g.key_depth, g.value_depth)),
                "k_en": 1,
                "v_en": 1,
                "closes": 1,
                "element": range(max(2, self.config.elements)),
                "is_key": 1,
                "zero": 1,
                "valid": 1,
                "last": 1,
            }
        )

    @cached_property
    def row(self) -> data.StructLayout:
        """A row that streams, beside the feed of cycle x; the fields are those of its `tile`.

        ``opens`` and ``closes`` mark the first and the last row of the pass.
        """
        names = ("score", "linear", "first", "final", "opening", "closing", "bank")
        return data.StructLayout({"valid": 1, "opens": 1, "closes": 1} | dict.fromkeys(names, 1))

    @cached_property
    def read(self) -> data.StructLayout:
        """Of the accumulation, along the columns: ``index`` and ``en`` in cycle z, ``first`` in z + 2."""
        return data.StructLayout({"index": self.geometry.index_bits, "en": 1, "first": 1})

    @cached_property
    def write(self) -> data.StructLayout:
        """The same three cycles later: where the sum goes. ``closes`` marks the last one of a block's results."""
        g = self.geometry
        return data.StructLayout(
            {
                "index": g.index_bits,
                "partial_en": 1,
                "result_en": 1,
                "result_address": address_bits(2 * g.result_depth),
                "score_en": 1,
                "scale": self.scale,
                "closes": 1,
            }
        )

    @cached_property
    def score(self) -> data.StructLayout:
        """Of a scaled score: its address; columns from ``low`` up to below ``high``, from here on, are not masked."""
        column = range(self.config.columns + 1)
        return data.StructLayout(
            {"address": address_bits(2 * self.geometry.score_depth), "low": column, "high": column}
        )

    @cached_property
    def key(self) -> Shape:
        """Number of a key, relative to a tile."""
        return Shape(self.key_bits, True)
