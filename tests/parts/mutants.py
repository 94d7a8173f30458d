"""Faults for the proofs: each is a substitution of text in a part's file, and breaks a promise that is named."""

import inspect
import types
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MUTANTS", "Mutant"]


@dataclass(frozen=True)
class Mutant:
    """``old``, which is there exactly once, becomes ``new`` in the file of the part of a subject.

    Attributes
    ----------
    name : str
    subject : str
        Name in `attnforge.sim.proof.subjects.SUBJECTS`.
    breaks : str
        A promise that a trace from reset breaks.
    """

    name: str
    subject: str
    old: str
    new: str
    breaks: str

    def of(self, part):
        """The class ``part`` with the fault, in a module of its own; the file stays as it is."""
        source = Path(inspect.getsourcefile(part)).read_text(encoding="utf-8")
        if (times := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: {self.old!r} is {times} times in {part.__module__}, not once")
        module = types.ModuleType(f"{part.__module__}_mutant")
        module.__package__ = part.__module__.rpartition(".")[0]
        exec(compile(source.replace(self.old, self.new), f"<{self.name}>", "exec"), module.__dict__)
        return getattr(module, part.__name__)


MUTANTS = (
    # hdl/parts/stream/beat.py
    Mutant("buffer takes while it is full", "StreamBuffer", "self.i.ready.eq(~self.o.valid | self.o.ready)",
           "self.i.ready.eq(1)", "o__stands_still"),
    Mutant("buffer offers what has left", "StreamBuffer", "m.d.sync += self.o.valid.eq(self.i.valid)",
           "m.d.sync += self.o.valid.eq(self.i.valid | self.o.valid)", "passage__none_invented"),
    Mutant("buffer follows its input", "StreamBuffer",
           "            m.d.sync += self.o.payload.eq(self.i.payload)\n",
           "            pass\n        m.d.sync += self.o.payload.eq(self.i.payload)\n", "o__stands_still"),
    Mutant("buffer drops what waits", "StreamBuffer",
           "        with m.If(self.i.ready):\n            m.d.sync += self.o.valid.eq(self.i.valid)",
           "        m.d.sync += self.o.valid.eq(self.i.valid)\n        with m.If(self.i.ready):", "o__stays_valid"),
    Mutant("buffer waits for its sink", "StreamBuffer", "self.i.ready.eq(~self.o.valid | self.o.ready)",
           "self.i.ready.eq(self.o.ready)", "takes_when_empty_or_emptied"),
    Mutant("queue takes while it is full", "StreamQueue of 3", "self.i.ready.eq(queue.w_rdy)", "self.i.ready.eq(1)",
           "passage__none_lost"),
    Mutant("queue repeats the last item", "StreamQueue of 2", "self.o.valid.eq(queue.r_rdy)", "self.o.valid.eq(1)",
           "passage__none_invented"),
    Mutant("queue takes what is not valid", "StreamQueue of 2", "queue.w_en.eq(self.i.valid)", "queue.w_en.eq(1)",
           "passage__none_invented"),
    Mutant("queue gives without being asked", "StreamQueue of 4", "queue.r_en.eq(self.o.ready)", "queue.r_en.eq(1)",
           "o__stays_valid"),
    Mutant("queue lets the newest overtake", "StreamQueue of 3", "self.o.payload.eq(queue.r_data)",
           "self.o.payload.eq(Mux((queue.level == 2) & self.i.valid, self.i.payload, queue.r_data))",
           "passage__same_and_in_order"),
    Mutant("queue has an item less than its depth", "StreamQueue of 4", "self.i.ready.eq(queue.w_rdy)",
           "self.i.ready.eq(queue.w_rdy & (queue.level != 3))", "takes_while_there_is_room"),
    Mutant("queue keeps an item until another comes", "StreamQueue of 2", "self.o.valid.eq(queue.r_rdy)",
           "self.o.valid.eq(queue.level > 1)", "passage__offered_at_once"),
    Mutant("item taken with its first piece", "WidthConverter 4 to 1", "self.i.ready.eq(self.o.ready & piece.last)",
           "self.i.ready.eq(self.o.ready)", "item_leaves_with_its_last_piece"),
    Mutant("piece repeated", "WidthConverter 5 to 4", "with m.If(self.o.valid & self.o.ready):",
           "with m.If(self.o.valid & self.o.ready & (index != 1)):", "first_is_marked"),
    Mutant("pieces pass while the sink waits", "WidthConverter 7 to 3", "with m.If(self.o.valid & self.o.ready):",
           "with m.If(self.o.valid):", "o__stands_still"),
    Mutant("elements out of place", "WidthConverter 4 to 1", "item.data[start + place]", "item.data[start ^ 1]",
           "element0_is_the_next"),
    Mutant("unused piece sent", "WidthConverter 4 to 1", "rest <= self.narrow if", "rest < self.narrow if",
           "last_is_marked"),
    Mutant("last piece counted as full", "WidthConverter 5 to 4", "piece.count.eq(rest),",
           "piece.count.eq(self.narrow),", "used_elements_are_counted"),
    # hdl/parts/memory/banks.py
    Mutant("space for a third bank", "DoubleBuffer", "self.space.eq(self.free | (used != 1))", "self.space.eq(1)",
           "space_while_a_bank_is_free"),
    Mutant("free when taken", "DoubleBuffer", "used.eq(used + self.commit - self.free)",
           "used.eq(used + self.commit - self.next)", "no_bank_is_written_while_it_is_read"),
    Mutant("writer stays in its bank", "DoubleBuffer", "self.w_bank.eq(self.w_bank ^ self.commit)",
           "self.w_bank.eq(self.w_bank ^ (self.commit & (used == 0)))", "no_bank_is_written_while_it_is_read"),
    Mutant("reader moves on when a bank is free", "DoubleBuffer", "self.r_bank.eq(self.r_bank ^ self.next)",
           "self.r_bank.eq(self.r_bank ^ self.free)", "banks_are_read_in_order"),
    # hdl/parts/array/lanes.py
    Mutant("last element left out", "LaneWriter 4 into 4 by 1", "self.count > number", "self.count > number + 1",
           "lane0_is_written_if_it_has_an_element"),
    Mutant("no way into the next word", "LaneWriter 4 into 6 by 2", "wraps.eq(lane < self.lane)", "wraps.eq(0)",
           "lane0_gets_it_in_its_word"),
    Mutant("elements swapped", "LaneWriter 4 into 4 by 1", "word.eq(self.elements[source])",
           "word.eq(self.elements[source ^ 1])", "lane0_gets_its_element"),
    Mutant("writes without a group", "LaneWriter 1 into 4 by 2", "enable.eq(self.valid & used[source])",
           "enable.eq(used[source])", "lane0_is_written_if_it_has_an_element"),
    # hdl/parts/host/job_queue.py
    Mutant("job started twice", "JobQueue of 3", "with m.Elif(taken & ~self.accepted):",
           "with m.Elif(taken & ~self.accepted & ~self.retire):", "passage__none_invented"),
    Mutant("job lost when another is taken", "JobQueue of 3", "with m.If(self.accepted & ~taken):",
           "with m.If(self.accepted & ~taken & (waiting == 0)):", "passage__offered_at_once"),
    Mutant("job of mixed registers", "JobQueue of 2",
           "[table.w_data[f.name].eq(registers[f.name][: f.bits]) for f in self.fields]",
           "[table.w_data[f.name].eq(Mux(self.w_en & (self.w_index == k), self.w_data, registers[f.name])[: f.bits])"
           " for k, f in enumerate(self.fields)]", "passage__same_and_in_order"),
    Mutant("job of the registers as they are now", "JobQueue of 2",
           "[self.job.payload[f.name].eq(table.r_data0[f.name]) for f in self.fields]",
           "[self.job.payload[f.name].eq(registers[f.name]) for f in self.fields]", "job__stands_still"),
    Mutant("refused START queued", "JobQueue of 3", "table.w_en.eq(self.accepted)", "table.w_en.eq(self.start)",
           "passage__same_and_in_order"),
    Mutant("jobs out of order", "JobQueue of 3", "table.r_address0.eq(tail)",
           "table.r_address0.eq(Mux(waiting > 1, wrapping_increment(tail, self.slots), tail))",
           "passage__same_and_in_order"),
    Mutant("START taken into a full queue", "JobQueue of 1", "good.eq((self.free != 0) & ~", "good.eq(~",
           "accepted_if_good_and_room"),
    Mutant("full queue is not told", "JobQueue of 1", "Mux(self.free == 0, ErrorCode.QUEUE_FULL, code)", "code",
           "full_queue_is_told"),
    Mutant("upper end of a range is one higher", "JobQueue of 2", "[value > field.high]", "[value > field.high + 1]",
           "accepted_if_good_and_room"),
    Mutant("lower end of a range is one higher", "JobQueue of 1", "[value < field.low]", "[value <= field.low]",
           "accepted_if_good_and_room"),
    Mutant("range checked a cycle late", "JobQueue of 1", "Mux(written, _outside(f, word),",
           "Mux(written, bad[k],", "accepted_if_good_and_room"),
    Mutant("range checked of what another register gets", "JobQueue of 1", "bad[k].eq(Mux(written,",
           "bad[k].eq(Mux(self.w_en,", "bad_length_is_told"),
    Mutant("flag kept when nothing is written", "JobQueue of 1", "m.d.sync += bad[k].eq(",
           "with m.If(written): m.d.sync += bad[k].eq(", "accepted_if_good_and_room"),
    Mutant("flag kept through a write", "JobQueue of 1", "m.d.sync += bad[k].eq(",
           "with m.If(~self.w_en): m.d.sync += bad[k].eq(", "refused_otherwise"),
    Mutant("flag set by a reset", "JobQueue of 1", "init=f.low > 0, reset_less=True)", "init=f.low > 0)",
           "accepted_if_good_and_room"),
    Mutant("last field that is wrong named", "JobQueue of 1", "in reversed(bad.items()):", "in bad.items():",
           "bad_length_is_told"),
    Mutant("slot free when its job begins", "JobQueue of 3", "with m.Elif(self.retire & ~self.accepted):",
           "with m.Elif(taken & ~self.accepted):", "free_slots_are_of_no_job"),
    Mutant("slot of the next job", "JobQueue of 3", "self.slot.eq(head)", "self.slot.eq(tail)",
           "slot_is_of_no_other_job"),
    Mutant("number goes up by two", "JobQueue of 1", "self.number.eq(self.number + 1)]",
           "self.number.eq(self.number + 2)]", "number_counts_accepted"),
    Mutant("register keeps its first value", "JobQueue of 1", "register.eq(word)",
           "register.eq(register | word)", "accepted_if_good_and_room"),
    Mutant("bits above a register not seen", "JobQueue of 1", "word = Cat(self.w_data[: f.bits], above[f.bits])",
           "word = Cat(self.w_data[: f.bits], 0)", "accepted_if_good_and_room"),
    Mutant("bits above a register forgotten", "JobQueue of 1", "_outside(f, register)))",
           "_outside(f, register[: f.bits])))", "accepted_if_good_and_room"),
    Mutant("bits above a full register not seen", "JobQueue of 1", "bad[k] = register[f.bits]", "bad[k] = Cat()",
           "bad_any_is_told"),
    Mutant("bits above the widest register alone seen", "JobQueue of 1", "above.get(upper, 0)).any()", "0)[:1].any()",
           "accepted_if_good_and_room"),
    # hdl/parts/host/front_end.py
    Mutant("operands before their START", "HostFrontEnd of 1", "self.operand.valid.eq(self.i.valid & wanted)",
           "self.operand.valid.eq(self.i.valid)", "operands_wait_for_their_job"),
    Mutant("operands taken before their START", "HostFrontEnd of 1", "self.i.ready.eq(self.operand.ready & wanted)",
           "self.i.ready.eq(self.operand.ready)", "operands_pass"),
    Mutant("operands of a second job held up", "HostFrontEnd of 2", "with m.Elif(operand_last & ~queue.accepted):",
           "with m.Elif(operand_last):", "operands_wait_for_their_job"),
    Mutant("last result beat twice", "HostFrontEnd of 1", "self.result.ready.eq(self.o.ready)",
           "self.result.ready.eq(self.o.ready & ~self.done.valid)", "results_leave_once"),
    Mutant("results of a core in reset", "HostFrontEnd of 1", "self.o.valid.eq(self.result.valid & live)",
           "self.o.valid.eq(self.result.valid)", "results_pass"),
    Mutant("START at every write of CONTROL", "HostFrontEnd of 1", "queue.start.eq(command[START] & ~clear)",
           "queue.start.eq(command.any() & ~clear)", "start_is_the_bit_start_alone"),
    Mutant("START in the write of SOFT_RESET", "HostFrontEnd of 1", "queue.start.eq(command[START] & ~clear)",
           "queue.start.eq(command[START])", "start_is_the_bit_start_alone"),
    Mutant("job registers on every page", "HostFrontEnd of 1",
           "self.csr.w_en & (self.csr.addr[2 + INDEX_BITS :] == Page.JOB >> 2 + INDEX_BITS)", "self.csr.w_en",
           "register_length_is_written_at_its_address"),
    Mutant("job taken by nobody", "HostFrontEnd of 1", "queue.job.ready.eq(self.job.ready)", "queue.job.ready.eq(1)",
           "job__stays_valid"),
    Mutant("jobs survive a soft reset", "HostFrontEnd of 1", "slots=self.slots), reset=clear)", "slots=self.slots))",
           "nothing_moves_in_core_reset"),
    # hdl/parts/link/operands.py
    Mutant("beat overwritten while it waits", "OperandDrain of 3 by 1",
           "self.active & ~self.o.valid & ~s1_read & ~finished & ~self.hold",
           "self.active & ~s1_read & ~finished & ~self.hold",
           "o__stands_still"),
    Mutant("bytes of a beat turned round", "OperandDrain of 4 by 2", "payload.eq(Cat(payload[8:], self.r_data))",
           "payload.eq(Cat(self.r_data, payload[:-8]))", "beat_has_the_next_bytes"),
    Mutant("last on every beat", "OperandDrain of 4 by 2", "self.o.payload.last.eq(is_last & finished)",
           "self.o.payload.last.eq(is_last)", "last_marks_the_final_beat"),
    Mutant("beat of a drain before the reset", "OperandDrain of 3 by 1",
           "[self.active.eq(0), self.o.valid.eq(0), s1_read.eq(0)]", "[self.active.eq(0), s1_read.eq(0)]",
           "no_beat_too_many"),
    Mutant("byte of a drain before the reset", "OperandDrain of 3 by 1",
           "[self.active.eq(0), self.o.valid.eq(0), s1_read.eq(0)]", "[self.active.eq(0), self.o.valid.eq(0)]",
           "no_beat_too_many"),
    Mutant("rests before the last beat is taken", "OperandDrain of 4 by 2",
           "with m.If(finished & ~s1_read & ~self.o.valid):",
           "with m.If(finished & ~s1_read):", "active_until_all_is_taken"),
    # hdl/parts/link/uart.py
    Mutant("no stop bit", "UartTransmitter by 4", "Const(0, 1), self.i.payload, Const(1, 1)",
           "Const(0, 1), self.i.payload, Const(0, 1)", "takes_at_a_tick_when_the_frame_is_out"),
    Mutant("byte taken between two ticks", "UartTransmitter by 4", "self.i.ready.eq(self.tick & empty)",
           "self.i.ready.eq(empty)", "takes_at_a_tick_when_the_frame_is_out"),
    Mutant("high bit first", "UartTransmitter by 4", "Cat(Const(0, 1), self.i.payload, Const(1, 1))",
           "Cat(Const(0, 1), self.i.payload[::-1], Const(1, 1))", "line_is_the_frame"),
    Mutant("bits a cycle too short", "UartTransmitter by 4",
           "self.tick.eq(wait == 0)\n        with m.If(self.tick):\n            m.d.sync += wait.eq(self.divisor - 1)",
           "self.tick.eq(wait == 0)\n        with m.If(self.tick):\n            m.d.sync += wait.eq(self.divisor - 2)",
           "bits_are_of_equal_length"),
    # hdl/parts/link/frames.py
    Mutant("escape is not escaped", "FrameTransmitter by 4", "escape = ((byte == FLAG) | (byte == ESCAPE)) &",
           "escape = (byte == FLAG) &", "sends_the_byte_or_its_escape"),
    Mutant("escaped byte as it is", "FrameTransmitter by 4", "byte[FLIPPED_BIT] ^ escaped, byte",
           "byte[FLIPPED_BIT], byte",
           "flags_are_flags_alone"),
    Mutant("item taken with its escape", "FrameTransmitter by 4", "self.i.ready.eq(uart.i.ready & ~escape)",
           "self.i.ready.eq(uart.i.ready)", "item_leaves_with_its_last_byte"),
    # hdl/parts/link/answer.py
    Mutant("answer goes on while it waits", "AnswerSender of 2 bytes",
           "                with m.If(self.o.valid & self.o.ready):", "                with m.If(self.o.valid):",
           "o__stays_valid"),
    Mutant("flag only when it is taken", "AnswerSender of 2 bytes", "self.o.payload.flag.eq(is_flag)",
           "self.o.payload.flag.eq(is_flag & self.o.ready)", "o__stands_still"),
    # hdl/parts/arithmetic/row_statistic.py
    Mutant("row goes on from the one before", "StatisticTable sum", "s3_total.eq(Mux(s2.first,",
           "s3_total.eq(Mux(s2.last,", "total_is_of_its_row"),
    Mutant("tiles so far of the other bank", "StatisticTable sum", "so_far.r_address.eq(Cat(s0.index, s0.bank))",
           "so_far.r_address.eq(Cat(s0.index, ~s0.bank))", "total_is_of_its_row"),
    Mutant("row given with every tile", "StatisticTable sum", "self.o_valid.eq(s3.valid & s3.final)",
           "self.o_valid.eq(s3.valid)", "given_once_when_final"),
    Mutant("mark of the next tile", "StatisticTable sum", "self.o_last.eq(s3.last)", "self.o_last.eq(s2.last)",
           "last_goes_along"),
    Mutant("final tile not kept", "StatisticTable maximum", "copy.w_en.eq(s3.valid)",
           "copy.w_en.eq(s3.valid & ~s3.final)", "read_gives_the_total_of_its_row"),
    # hdl/vitality/output.py, hdl/vitality/stager.py
    Mutant("results read on while they wait", "OutputBuffer 2x2", "m.d.comb += r_en.eq(move)", "m.d.comb += r_en.eq(1)",
           "o__stands_still"),
    Mutant("results do not wait", "OutputBuffer 2x2",
           "        with m.If(move):\n            m.d.sync += self.o.valid.eq(r_en)",
           "        m.d.sync += self.o.valid.eq(r_en)", "o__stays_valid"),
    Mutant("tile withdrawn", "Stager 2x2", "m.d.comb += self.o.valid.eq(1)\n",
           "m.d.comb += self.o.valid.eq(self.o.ready)\n",
           "o__stays_valid"),
    Mutant("products counted while the tile waits", "Stager 2x2",
           "macs.eq(registers[\"macs\"] + Mux(word & used, columns_used, 0))",
           "macs.eq(registers[\"macs\"] + Mux(used, columns_used, 0))", "o__stands_still"),
)
