"""Faults of ANT that its tests must see; `tests.bench.faults` says how to run them.

Those of the parts that ViTALiTy has too are in tests/vitality/faults.py. Not a fault: a low digit's row in the bank of
sums, which the sum of both digits replaces two cycles later, before the bank is complete and anybody reads it.
"""

import sys

from tests.bench.faults import Campaign, Fault

FAULTS = (
    # From the operands to the array
    Fault("a last too early in W is not seen", "ant/loader.py", "self.i.payload.last & ~(in_rows & tensor_end)",
          "self.i.payload.last & ~in_weights & ~(in_rows & tensor_end)"),
    Fault("a last too early in A is not seen", "ant/loader.py", "self.i.payload.last & ~(in_rows & tensor_end)",
          "self.i.payload.last & ~in_rows"),
    Fault("a missing last is not seen", "ant/loader.py", "~self.i.payload.last & in_rows & tensor_end", "0"),
    Fault("A does not wait for its bank", "ant/loader.py", "in_rows & self.a_space & self.block.ready",
          "in_rows & self.block.ready"),
    Fault("W does not wait for its bank", "ant/loader.py", "(in_parameters | in_weights) & self.w_space",
          "in_parameters | in_weights"),
    Fault("the other bank of A is read", "ant/sequencer.py", "Mux(self.a_bank, g.row_words, 0)",
          "Mux(self.a_bank, 0, g.row_words)"),
    Fault("parameters have a bank too few", "ant/geometry.py", "self.config.sum_banks + 2",
          "self.config.sum_banks + 1"),
    Fault("a bad job's parameters keep their bank", "ant/loader.py", "with m.If(~first):", "with m.If(1):"),
    Fault("the last row of A is not counted", "ant/loader.py", "block.macs.eq(macs_now)", "block.macs.eq(macs)"),
    Fault("products of 8-bit activations count once", "ant/loader.py", "Mux(a_wide, row_macs << 1, row_macs)",
          "row_macs"),
    Fault("both lanes of an 8-bit row take the low digit", "ant/edges.py", "(feed.fused & self.high)",
          "(feed.fused & 0)"),
    Fault("the high digit of W is unsigned", "ant/edges.py", "Mux(self.high, load.high_tag, load.tag)", "load.tag"),
    Fault("exponents are not in steps", "ant/operand.py", "decoder.exponent >> self.operand.step.bit_length() - 1",
          "decoder.exponent"),
    Fault("codes lose their sign", "parts/arithmetic/decoder.py",
          "(Mux(code[-1], -base, base) if form.signed else base)", "base"),
    Fault("a flint's exponent is one octave off", "parts/arithmetic/decoder.py",
          "len(low) - 1 - place", "len(low) - place"),
    Fault("a float has no subnormal values", "parts/arithmetic/decoder.py",
          "Cat(mantissa, field.any())", "Cat(mantissa, 1)"),
    # Sequence
    Fault("one cycle more per tile", "ant/sequencer.py", "can_begin.eq(~emit | last_feed)",
          "can_begin.eq(~emit)"),
    Fault("tiles do not wait for the sums before", "ant/sequencer.py", "can_begin & more & tile_settled",
          "can_begin & more"),
    Fault("tiles end a cycle too close", "ant/sequencer.py", "settle.eq(spacing)", "settle.eq(spacing - 1)"),
    Fault("a bank of A is free a tile early", "ant/sequencer.py", "late(last_feed & closing, ADDRESS_DELAY",
          "late(last_feed & (columns_left <= 2 * config.columns), ADDRESS_DELAY"),
    Fault("a bank of A is free at its last tile's begin", "ant/sequencer.py",
          "late(last_feed & closing, ADDRESS_DELAY", "late(emit & first & closing, ADDRESS_DELAY"),
    Fault("W is free after a block", "ant/sequencer.py", "(last_feed & closing & block.final)",
          "(last_feed & closing)"),
    Fault("W of a bad job stays", "ant/sequencer.py", "weights_end.eq(abort & coming.weights)", "weights_end.eq(0)"),
    Fault("sums do not wait for a bank", "ant/sequencer.py", "& self.s_space & self.sums.ready", "& self.sums.ready"),
    Fault("a bank of sums too many", "parts/memory/ring.py", "used != self.banks", "used != self.banks + 1"),
    Fault("banks of sums do not come round", "parts/memory/ring.py",
          "Mux(bank == self.banks - 1, 0, bank + 1)", "bank + 1"),
    # Elements
    Fault("columns take each other's weights", "ant/array.py", "[self.w[column] for column in range(self.columns)]",
          "[self.w[column] for column in reversed(range(self.columns))]"),
    Fault("a drain register takes the sum above", "ant/array.py",
          "elements[row + 1].o_drain if row + 1 < self.rows else 0", "elements[row - 1].o_drain if row else 0"),
    Fault("a weight's sign is dropped", "ant/terms.py", "s2_negative.eq(a.sign ^ w.sign)", "s2_negative.eq(a.sign)"),
    Fault("a weight's exponent is not added", "ant/terms.py", "s2_exponent.eq(a.exponent + w.exponent)",
          "s2_exponent.eq(a.exponent)"),
    Fault("a complement without its one", "ant/terms.py", ".as_signed(), s3_negative", ".as_signed(), Const(0, 1)"),
    Fault("a borrow is not given back", "ant/terms.py", "(high, low[-1])", "(high, Const(0, 1))"),
    Fault("a sum begins a product early", "ant/pe.py", "Mux(firsts[-1], 0, total)", "Mux(firsts[-2], 0, total)"),
    Fault("a sum leaves before its last product", "ant/pe.py", "Mux(lasts[-1], total,", "Mux(lasts[-2], total,"),
    # Sums
    Fault("digits of two columns have one weight", "ant/sums.py", "self.sum[1] << CODE_BITS", "self.sum[1]"),
    Fault("digits of two rows change places", "ant/sums.py", "above + (s1_sum << CODE_BITS)",
          "(above << CODE_BITS) + s1_sum"),
    Fault("the low digit's row is forgotten", "ant/sums.py", "with m.If(s1_drain.valid):", "with m.If(1):"),
    Fault("sums are read before they are complete", "ant/post.py", "(ready_blocks != 0) | self.complete", "1"),
    # From the sums to the results
    Fault("the bias is dropped", "ant/scale.py", "self.sum + self.parameters.bias", "self.sum + 0"),
    Fault("the sum's high part is unsigned", "ant/scale.py", "biased[PART_BITS:].as_signed()",
          "Cat(biased[PART_BITS:], 0).as_signed()"),
    Fault("wide results wrap", "ant/scale.py", "saturated(fine, config.halves)",
          "fine[: config.wide_bits + 1].as_signed()"),
    Fault("ties of wide results go down", "ant/scale.py", "(halves + 1) >> 1", "halves >> 1"),
    Fault("ties of integers go down", "parts/arithmetic/encoder.py", "(clipped + 1) >> 1", "clipped >> 1"),
    Fault("negative ties go away from zero", "parts/arithmetic/encoder.py",
          "halves[:-1] ^ negative.replicate(len(halves) - 1)",
          "Mux(negative, -halves, halves)[: len(halves) - 1]"),
    Fault("unsigned results are not clipped at zero", "parts/arithmetic/encoder.py",
          "Mux(negative & unsigned, 0, magnitude)",
          "magnitude"),
    Fault("minus zero", "parts/arithmetic/encoder.py", "found & negative)", "negative)"),
    Fault("large values wrap in a code", "parts/arithmetic/encoder.py",
          " | magnitude[bits:].any().replicate(bits)", ""),
    Fault("types of two jobs meet", "ant/post.py", "self.block.valid & (flush == 0)", "self.block.valid"),
    Fault("columns beyond N are not masked", "parts/stream/beat_packer.py",
          "with m.If(self.used[lane]):", "with m.If(1):"),
    Fault("wide results lose their sign", "parts/stream/beat_packer.py", "code = code.as_signed()",
          "code = code.as_unsigned()"),
    Fault("results do not wait for room", "ant/post.py", 'm.State("READ"), m.If(results.room)',
          'm.State("READ"), m.If(1)'),
    Fault("the end of a bad job does not wait for room", "ant/post.py", 'm.State("ABORT"), m.If(results.room)',
          'm.State("ABORT"), m.If(1)'),
    Fault("a bad job without results gives a beat", "ant/post.py", 'step["drop"].eq(~sent)', 'step["drop"].eq(0)'),
    Fault("a bad job's results have no end", "ant/post.py", 'step["drop"].eq(~sent)', 'step["drop"].eq(1)'),
)

CAMPAIGN = Campaign(
    "ant",
    ("test_pysim.py", "test_array.py", "test_rtl_corners.py", "test_rtl.py"),
    "pysim or array or (corners and not least) or 2x2 or 4x7 or 6x16 or generic or oblong",
    FAULTS,
)

if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
