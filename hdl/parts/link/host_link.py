"""The host link of every core: a UART on one side, register port and streams of the core on the other."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from attnforge.hdl.contract.registers import ADDRESS_BITS, CONTROL_FIELDS, Page
from attnforge.hdl.parts.hierarchy import place
from attnforge.hdl.parts.host.csr import CsrSignature
from attnforge.hdl.parts.link.answer import AnswerSender
from attnforge.hdl.parts.link.frames import FrameReceiver, FrameTransmitter
from attnforge.hdl.parts.link.operands import OperandDrain
from attnforge.hdl.parts.link.protocol import (
    BUFFER_SIZES,
    CRC_BYTES,
    MOST_BEAT_BYTES,
    STATUS_BITS,
    Command,
    Status,
    identity_word,
)
from attnforge.hdl.parts.link.serial import SerialRegister
from attnforge.hdl.parts.link.uart import check_divisor
from attnforge.hdl.parts.memory.ram import Ram
from attnforge.hdl.parts.stream.beat import Beat

__all__ = ["HostLink"]

WORD_BYTES = 4
SOFT_RESET = next(field.lsb for field in CONTROL_FIELDS if field.name == "SOFT_RESET")


class HostLink(wiring.Component):
    """Serves a core to a host over a UART, with nothing lost on a noisy line: docs/link.md has the protocol.

    A frame is received into a buffer, checked by its CRC, executed, and answered; the answer stays for as long as the
    host may ask for it again. One frame is on the way at a time, in one direction. Operands go on to the core in the
    background while the next frame comes, so the link itself never waits for the core. Executing takes at most 22
    cycles per byte of the request, which is less than the byte took on the line; RESULT waits
    ``buffer_bytes`` bit times at most.

    Parameters
    ----------
    divisor : int
        Clock cycles per bit of the UART, 4 or more.
    beat_bytes : int
        Of the core; a power of two, at most 256, and at most half of ``buffer_bytes``.
    buffer_bytes : int
        A request has at most ``buffer_bytes`` - 4 bytes of payload, and a response twice ``buffer_bytes``. A power of
        two from 64 to 1024; 256 fills two block RAMs of an iCE40.

    Members
    -------
    rx : In(1)
        From the host; asynchronous, synchronised inside.
    tx : Out(1)
        To the host.
    csr : Out(CsrSignature())
        To the core's register port.
    operand : Out(stream.Signature(Beat(beat_bytes)))
        To the core's ``i``. A soft reset of the core through SYNC takes back what waits here.
    result : In(stream.Signature(Beat(beat_bytes)))
        From the core's ``o``. A beat is taken when RESULT has room for it and not before, because a job leaves the
        core with its last one, and a host wants to read its counters before the next one leaves.
    busy : Out(1)
        A request is executed or answered, or operands wait for the core.
    failed : Out(1)
        The last request was damaged: the line is noisy, or the host's baud rate another one.

    Raises
    ------
    ValueError
        A parameter out of its range.
    """

    def __init__(self, divisor, beat_bytes, buffer_bytes=256):
        check_divisor(divisor)
        if buffer_bytes not in BUFFER_SIZES:
            low, *_, high = BUFFER_SIZES
            raise ValueError(f"buffer_bytes is a power of two from {low} to {high}, not {buffer_bytes!r}")
        most = min(MOST_BEAT_BYTES, buffer_bytes // 2)
        if not isinstance(beat_bytes, int) or not 1 <= beat_bytes <= most or beat_bytes & beat_bytes - 1:
            raise ValueError(f"beat_bytes is a power of two from 1 to {most}, not {beat_bytes!r}")
        self.divisor = divisor
        self.beat_bytes = beat_bytes
        self.buffer_bytes = buffer_bytes
        self.key = (divisor, beat_bytes, buffer_bytes)
        beats = stream.Signature(Beat(beat_bytes))
        super().__init__({
            "rx": In(1),
            "tx": Out(1, init=1),
            "csr": Out(CsrSignature()),
            "operand": Out(beats),
            "result": In(beats),
            "busy": Out(1),
            "failed": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        buffer = self.buffer_bytes
        receiver = place(m, platform, "receiver", FrameReceiver(self.divisor))
        transmitter = place(m, platform, "transmitter", FrameTransmitter(self.divisor))
        serial = place(m, platform, "serial", SerialRegister())
        drain = place(m, platform, "drain", OperandDrain(self.beat_bytes, buffer))
        sender = place(m, platform, "sender", AnswerSender(2 * buffer))
        request = place(m, platform, "request", Ram(8, 2 * buffer, "link_request"))
        answer = place(m, platform, "answer", Ram(8, 2 * buffer, "link_answer"))
        wiring.connect(m, drain.o, wiring.flipped(self.operand))
        wiring.connect(m, sender.o, transmitter.i)

        # The frame that is received or executed.
        asked = Signal(8, reset_less=True, name="asked")  # its sequence byte
        command = Signal(3, reset_less=True, name="command")
        head = Signal(2, name="head")  # header bytes that have come
        # Bytes behind the header; when it is executed, of payload
        count = Signal(range(buffer + 1), reset_less=True, name="count")
        too_long = Signal(name="too_long")
        half = Signal(name="half")  # of the request buffer; operands on their way to the core are in the other one
        # Next byte of the payload; RESULT counts its patience here
        at = Signal(range(buffer + 1), reset_less=True, name="at")
        index = Signal(3, reset_less=True, name="index")  # its place in an entry: address, word
        address = Signal(ADDRESS_BITS, reset_less=True, name="address")  # of a register; for RESULT, how many bytes
        reset_core = Signal(name="reset_core")

        # What is answered. The second line is kept for a repetition, a refusal leaves it as it is.
        sequence = Signal(8, name="sequence")
        length, last = Signal(range(2 * buffer + 1), reset_less=True, name="length"), Signal(name="last")
        refusal = Signal(STATUS_BITS, name="refusal")
        beat = Signal(8 * self.beat_bytes, reset_less=True, name="beat")
        beat_last = Signal(reset_less=True, name="beat_last")
        piece = length[: self.beat_bytes.bit_length() - 1]  # of the beat; an answer begins with a whole one

        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            self.csr.addr.eq(address),
            self.csr.w_data.eq(serial.value | reset_core << SOFT_RESET),
            serial.word.eq(self.csr.r_data),
            request.w_address.eq(Cat(count[:-1], half)),
            request.w_data.eq(receiver.byte),
            request.r_en.eq(drain.r_en),
            request.r_address.eq(Mux(drain.r_en, Cat(drain.r_address, ~half), Cat(at[:-1], half))),
            drain.r_data.eq(request.r_data),
            drain.count.eq(count),
            drain.last.eq(command == Command.OPERAND_LAST),
            drain.clear.eq(reset_core),
            answer.w_address.eq(length),
            answer.r_en.eq(sender.r_en),
            answer.r_address.eq(sender.r_address),
            sender.r_data.eq(answer.r_data),
            sender.length.eq(length),
            sender.bare.eq(refusal != 0),
            sender.sequence.eq(sequence),
            sender.status.eq(Cat(Mux(sender.bare, refusal, last), Const(0, 6 - STATUS_BITS), self.result.valid,
                                 drain.active)),
            *(getattr(sender, name).eq(getattr(serial, name)) for name in ("busy", "taken", "value")),
        ]  # fmt: skip
        # Adders cost as much as their registers: each register has one, and states say what is added.
        step, change = Signal(name="step"), Signal(signed(len(count)), name="change")
        m.d.sync += [at.eq(at + step), count.eq(count + change)]
        with m.If(answer.w_en):
            m.d.sync += length.eq(length + 1)

        def take(byte):
            return [serial.take.eq(1), serial.byte.eq(byte)]

        with m.FSM() as fsm:
            with m.State("HUNT"):
                m.d.comb += serial.clear.eq(1)
                m.d.sync += [head.eq(0), too_long.eq(0)]
                with m.If(receiver.flag):
                    m.next = "RECEIVE"

            with m.State("RECEIVE"):
                with m.If(receiver.flag & (head != 0)):
                    m.next = "CHECK"
                with m.If(receiver.valid):
                    m.d.comb += take(receiver.byte)
                    with m.Switch(head):
                        with m.Case(0):
                            m.d.sync += [head.eq(1), asked.eq(receiver.byte)]
                        with m.Case(1):
                            m.d.sync += [head.eq(2), command.eq(receiver.byte), count.eq(0)]
                        with m.Default():
                            m.d.comb += request.w_en.eq(~count[-1])
                            m.d.comb += change.eq(~count[-1])
                            m.d.sync += too_long.eq(too_long | count[-1])

            with m.State("CHECK"):
                m.d.comb += serial.clear.eq(1)
                m.d.comb += change.eq(-CRC_BYTES)
                m.d.sync += [at.eq(0), index.eq(0), refusal.eq(0)]
                whole = head[1] & (count >= CRC_BYTES) & ~too_long & serial.good
                is_operand = (command == Command.OPERAND) | (command == Command.OPERAND_LAST)
                with m.If(~whole):
                    m.d.sync += refusal.eq(Status.DAMAGED)
                    m.next = "ANSWER"
                with m.Elif(command == Command.SYNC):
                    m.next = "EXECUTE"
                with m.Elif(asked == sequence):
                    m.next = "ANSWER"
                with m.Elif(asked != (sequence + 1)[:8]):
                    m.next = "HUNT"
                with m.Elif(is_operand & drain.active):
                    m.d.sync += refusal.eq(Status.BUSY)
                    m.next = "ANSWER"
                with m.Else():
                    m.next = "EXECUTE"

            with m.State("EXECUTE"):
                m.d.sync += [sequence.eq(asked), length.eq(0), last.eq(0)]
                m.next = "ANSWER"
                with m.Switch(command):
                    with m.Case(Command.SYNC):
                        m.d.sync += address.eq(Page.CONTROL)
                        m.next = "RESET"
                    with m.Case(Command.WRITE, Command.READ, Command.RESULT):
                        m.next = "FETCH"
                    with m.Case(Command.OPERAND, Command.OPERAND_LAST):
                        m.d.comb += drain.start.eq(1)
                        m.d.sync += half.eq(~half)

            with m.State("RESET"):
                m.d.comb += [reset_core.eq(1), self.csr.w_en.eq(1)]
                m.next = "IDENTIFY"

            with m.State("IDENTIFY"):
                m.d.comb += answer.w_en.eq(1)
                with m.Switch(length[:2]):
                    for place_of_byte, byte in enumerate(identity_word(self.beat_bytes, buffer).to_bytes(4, "little")):
                        with m.Case(place_of_byte):
                            m.d.comb += answer.w_data.eq(byte)
                with m.If(length[:2] == WORD_BYTES - 1):
                    m.next = "ANSWER"

            # The payload of WRITE, READ and RESULT is a list of entries: an address, and for WRITE a word behind it.
            with m.State("FETCH"):
                m.d.comb += serial.plain.eq(1)
                with m.If(~serial.busy):
                    with m.If(at == count):
                        m.next = "ANSWER"
                    with m.Else():
                        m.d.comb += [drain.hold.eq(1), request.r_en.eq(1), step.eq(1)]
                        m.next = "TAKE"

            with m.State("TAKE"):
                m.d.sync += index.eq(index + 1)
                m.next = "FETCH"
                with m.Switch(index):
                    with m.Case(0):
                        m.d.sync += address[:8].eq(request.r_data)
                    with m.Case(1):
                        m.d.sync += address[8:].eq(request.r_data)
                        with m.If(command == Command.READ):
                            m.next = "READ"
                        with m.Elif(command == Command.RESULT):
                            m.next = "RESULT"
                    with m.Default():
                        m.d.comb += take(request.r_data)
                        with m.If(index == 1 + WORD_BYTES):
                            m.next = "WRITE"

            with m.State("WRITE"):
                m.d.comb += [serial.plain.eq(1), self.csr.w_en.eq(~serial.busy)]
                m.d.sync += index.eq(0)
                with m.If(~serial.busy):
                    m.next = "FETCH"

            with m.State("READ"):
                m.d.comb += self.csr.r_en.eq(1)
                m.d.sync += index.eq(0)
                m.next = "LOAD"

            with m.State("LOAD"):
                m.d.comb += serial.load.eq(1)
                m.next = "COPY"

            with m.State("COPY"):
                m.d.comb += serial.plain.eq(1)
                with m.If(~serial.busy):
                    with m.If(index == WORD_BYTES):
                        m.d.sync += index.eq(0)
                        m.next = "FETCH"
                    with m.Else():
                        m.d.comb += [answer.w_en.eq(1), answer.w_data.eq(serial.value), serial.take.eq(1)]
                        m.d.sync += index.eq(index + 1)

            with m.State("RESULT"):
                # A register first: the beat may come straight from a block RAM, and it goes into one.
                m.d.sync += [beat.eq(self.result.payload.data), beat_last.eq(self.result.payload.last)]
                with m.If((length == address) | length[-1] | at[-1]):
                    m.next = "ANSWER"
                with m.Else():
                    m.d.comb += step.eq(transmitter.tick & ~self.result.valid)
                    m.d.comb += self.result.ready.eq(1)
                    with m.If(self.result.valid):
                        m.next = "COPY_BEAT"

            with m.State("COPY_BEAT"):
                m.d.comb += [answer.w_en.eq(1), answer.w_data.eq(beat)]
                m.d.sync += beat.eq(beat >> 8)
                with m.If(piece == self.beat_bytes - 1):
                    m.d.sync += last.eq(beat_last)
                    m.next = "RESULT"
                    with m.If(beat_last):
                        m.next = "ANSWER"

            with m.State("ANSWER"):
                m.d.comb += [
                    sender.start.eq(1),
                    *(getattr(serial, name).eq(getattr(sender, name)) for name in ("clear", "take", "byte", "plain")),
                ]
                with m.If(sender.finished):
                    m.next = "HUNT"

        m.d.comb += [
            self.busy.eq(drain.active | ~(fsm.ongoing("HUNT") | fsm.ongoing("RECEIVE"))),
            self.failed.eq(refusal == Status.DAMAGED),
        ]
        return m
