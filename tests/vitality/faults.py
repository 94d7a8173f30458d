"""Faults of ViTALiTy that its tests must see; `tests.bench.faults` says how to run them."""

import sys

from tests.bench.faults import Campaign, Fault

FAULTS = (
    # hdl/vitality: from the operands to the array
    Fault("sums go on from the job before", "vitality/token_sums.py", "Mux(s1_first, 0, so_far[number])",
          "so_far[number]"),
    Fault("mean of K in the wrong slot", "vitality/token_sums.py",
          "address = Cat(feature[: self.geometry.feature_bits], self.current.slot)",
          "address = Cat(feature[: self.geometry.feature_bits], self.current.slot ^ (self.current.slot == 3))"),
    Fault("value terms do not start a job in lane 0", "vitality/token_sums.py",
          "m.d.sync += [lane.eq(0), group.eq(0)]", "m.d.sync += group.eq(0)"),
    Fault("a last too early in V is not seen", "vitality/loader.py",
          "early.eq(taken & self.i.payload.last & ~(in_query & tensor_end))",
          "early.eq(taken & self.i.payload.last & ~in_value & ~(in_query & tensor_end))"),
    Fault("a job without last is not drained", "vitality/loader.py", "with m.Elif(missing):", "with m.Elif(0):"),
    Fault("K does not wait for its bank", "vitality/loader.py", "(in_key & self.key_space) | in_value | (in_query",
          "in_key | in_value | (in_query"),
    Fault("Q is written to the other bank", "vitality/loader.py", "g.query_tiles, self.query_bank, g.query_depth)",
          "g.query_tiles, self.key_bank, g.query_depth)"),
    Fault("Khat without the mean", "vitality/row.py", "Mux(s3_unused, 0, s3_operand - feed.mean)",
          "Mux(s3_unused, 0, s3_operand)"),
    Fault("swap a cycle early", "vitality/streamer.py", "self.feed.swap.eq(swaps[-1])", "self.feed.swap.eq(swaps[-2])"),
    Fault("rows beyond the tile are not zeroed", "vitality/column.py", "Mux(load.zero, 0, Mux(", "Mux(0, 0, Mux("),
    Fault("residues beyond the tile are not zeroed", "vitality/diagonal.py", "Mux(self.zero, 0, ", "Mux(0, 0, "),
    # hdl/vitality: sequence
    Fault("no wait between reads and writes of a sum", "vitality/column.py", "    hazard = 4\n", "    hazard = 1\n"),
    Fault("three jobs between their phases", "vitality/stager.py", "(between != 2)", "(between != 3)"),
    Fault("the query phase does not wait for G", "vitality/stager.py", "(g_jobs != 0)", "(g_jobs != 3)"),
    Fault("result banks are not waited for", "vitality/streamer.py", "(~offered.final | bank_left)", "1"),
    Fault("a tile more or less of columns", "vitality/stager.py", "last_columns.eq(columns_left <= 2 * config.columns)",
          "last_columns.eq(columns_left < 2 * config.columns)"),
    Fault("products of idle columns are counted", "vitality/stager.py",
          "Mux(columns_left < config.columns, columns_left, config.columns)", "config.columns"),
    # hdl/vitality: from the sums to the results
    Fault("passes are not added up", "parts/pass_sums.py", "with m.If(~read.first):", "with m.If(0):"),
    Fault("sums of a pass of another tile", "vitality/array.py", "self.read.en.eq(tile.valid & ~tile.first)",
          "self.read.en.eq(tile.valid & tile.first)"),
    Fault("a row's denominator of zero counts as positive", "vitality/diagonal_scale.py", "nonpositive.eq(total <= 0)",
          "nonpositive.eq(total < 0)"),
    Fault("a job's denominator of zero counts as positive", "vitality/post.py", "zero.eq(job.denominator_base == 0)",
          "zero.eq(0)"),
    Fault("the row's factor has the wrong sign", "vitality/diagonal_scale.py", "total.eq(self.base - scale.o)",
          "total.eq(self.base + scale.o)"),
    Fault("the row's factor wraps", "vitality/diagonal_scale.py", "o.eq(saturated(total, config.factor))",
          "o.eq(total)"),
    Fault("the factor meets the value term of the step before", "vitality/post.py", "READ - 1 - RowTerm.latency",
          "READ - RowTerm.latency"),
    Fault("the low part of a row's value term is lost", "vitality/diagonal_scale.py", "total.eq((low >> cut) + high)",
          "total.eq(high)"),
    Fault("the high part of a value term loses its sign", "vitality/diagonal_scale.py",
          "self.term[cut:].as_signed() * self.factor", "self.term[cut:] * self.factor"),
    Fault("rows without a denominator are not zeroed", "vitality/post.py", "Mux(kill, 0, divider.quotient)",
          "divider.quotient"),
    Fault("results are not zero-padded", "vitality/output.py", " & used[lane].replicate(container)", ""),
    Fault("results lose their sign", "vitality/output.py", "word[bits - 1].replicate(container - bits + 1)",
          "(word[bits - 1] & 0).replicate(container - bits + 1)"),
    Fault("results do not wait for ready", "vitality/output.py", "move.eq(~self.o.valid | self.o.ready)", "move.eq(1)"),
    Fault("one nonpositive row too few", "vitality/output.py", "wrong_rows.eq(wrong_rows + 1)",
          "wrong_rows.eq(wrong_rows + (wrong_rows != 2))"),
    Fault("one cycle more per tile", "vitality/streamer.py", "idle.eq(busy == 1)", "idle.eq(busy == 0)"),
    # hdl/parts
    Fault("rounds down in place of to nearest", "parts/requantise.py", "rounded = (value + 1) >> guard",
          "rounded = value >> guard"),
    Fault("wraps in place of saturating", "parts/requantise.py", "Mux(exceeds(value, form), limit,",
          "Mux(0, limit,"),
    Fault("the quotient's border is dropped", "parts/divider.py", "(denominator << self.o_form.bits) + denominator",
          "denominator << self.o_form.bits"),
    Fault("operands are multiplied as unsigned", "parts/multiplier.py", "product.eq(moving * stationary)",
          "product.eq(moving.as_unsigned() * stationary)"),
    Fault("the last word of a load goes on", "parts/systolic.py", "self.i_load & ~self.load_last", "self.i_load"),
    Fault("lanes do not wrap into the next word", "parts/lanes.py", "self.address + 1", "self.address"),
    Fault("the corner gives a neighbour", "parts/corner.py", "select(self.element, [", "select(self.element ^ 1, ["),
    Fault("a third bank", "parts/banks.py", "self.free | (used != 1)", "self.free | (used != 2)"),
    Fault("a read word does not stay", "parts/memory.py", "with m.If(self.r_en):", "with m.If(1):"),
    Fault("a slot too many", "parts/job_queue.py", "good.eq((self.free != 0) & ~", "good.eq(~"),
    Fault("the core keeps its state in a soft reset", "parts/hosted.py", ", reset=front.core_reset", ""),
    Fault("backpressure does not reach the core", "parts/host.py", "self.result.ready.eq(self.o.ready)",
          "self.result.ready.eq(1)"),
    Fault("a job's cycles are counted from the one before", "parts/job_counters.py", "end - starts.r_data0",
          "end - starts.r_data0 - 1"),
    # Small cores
    Fault("a serial division stops a bit early", "parts/divider.py", "left.eq(bits + 1)", "left.eq(bits)"),
    Fault("a serial scaler shifts a place less", "parts/serial_scale.py", "left + self.shift > 1 << self.shift_bits",
          "left + self.shift > (1 << self.shift_bits) + 1"),
    Fault("a table of the iCE40 is a cycle late", "parts/memory.py", "falling=True", "falling=False"),
    Fault("a serial step is a cycle longer", "vitality/pace.py", "intervals[0] - 1", "intervals[0]"),
)

CAMPAIGN = Campaign(
    "vitality",
    ("test_rtl.py", "test_rtl_corners.py", "test_rtl_small.py"),
    "3x4 or 2x3 or serial-ice40 or "
    "(corners and not extreme and not 1x1 and not widest and not narrowest and not 4x3)",
    FAULTS,
)

if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
