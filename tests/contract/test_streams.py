"""The reader's side of a stream: any order, any repeats, any losses, each fact has its effect once."""

import json
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.envelope import Broken
from gateway.contract.streams import WINDOW, Ack, Reader, check_ack

numbers = st.integers(1, 40)
moves = st.lists(st.one_of(numbers, st.tuples(numbers, numbers)), max_size=60)


@given(moves)
def test_a_reader_says_what_a_plain_set_of_numbers_would_say(steps: list[int | tuple[int, int]]) -> None:
    reader, there = Reader(), set[int]()

    for step in steps:
        if isinstance(step, int):
            assert reader.take(step) is (step not in there)
            there.add(step)
        else:
            first, last = step
            missing = reader.skip(first, last)
            declared = set(range(first, last + 1))
            assert numbers_of(missing) == sorted(declared - there)
            there |= declared

        upto = next(number for number in range(1, 43) if number not in there) - 1
        assert reader.upto == upto
        assert [number for number in range(1, 43) if reader.has(number)] == sorted(there)
        assert numbers_of(reader.ahead) == sorted(number for number in there if number > upto)
        assert numbers_of(reader.holes()) == [
            number for number in range(upto + 1, max(there, default=0)) if number not in there
        ]
        edges = [upto, *(edge for pair in reader.ahead for edge in pair)]
        assert all(later - before >= 2 for before, later in zip(edges[::2], edges[1::2], strict=False))


def numbers_of(ranges: list[tuple[int, int]]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


def test_a_hole_is_named_until_it_is_filled() -> None:
    reader = Reader()
    for seq in (1, 2, 5, 6, 9):
        reader.take(seq)

    assert (reader.upto, reader.ahead) == (2, [(5, 6), (9, 9)])
    assert reader.holes() == [(3, 4), (7, 8)]

    reader.take(4)
    reader.take(3)

    assert (reader.upto, reader.ahead, reader.holes()) == (6, [(9, 9)], [(7, 8)])


def test_below_the_first_number_a_kiosk_still_holds_nothing_is_waited_for() -> None:
    reader = Reader()
    reader.take(12)

    missing = reader.skip(1, 9)

    assert missing == [(1, 9)]
    assert (reader.upto, reader.holes()) == (9, [(10, 11)])


def test_a_gap_that_was_declared_already_is_missing_nothing() -> None:
    reader = Reader(upto=5, ahead=[(8, 9)])

    assert reader.skip(1, 9) == [(6, 7)]
    assert reader.skip(1, 9) == []
    assert reader.skip(4, 3) == []
    assert reader.upto == 9


def test_a_gap_over_two_to_the_62_numbers_costs_no_more_than_one_over_two() -> None:
    reader = Reader()

    assert reader.skip(10, 2**62) == [(10, 2**62)]
    assert reader.ahead == [(10, 2**62)]
    assert reader.holes() == [(1, 9)]
    assert not reader.take(2**61)
    assert reader.take(2**63 - 1)
    assert reader.skip(1, 2**63 - 1) == [(1, 9), (2**62 + 1, 2**63 - 2)]
    assert (reader.upto, reader.ahead) == (2**63 - 1, [])


def test_numbers_below_one_are_never_new() -> None:
    reader = Reader()

    assert not reader.take(0)
    assert not reader.take(-1)
    assert reader.skip(-5, 0) == []
    assert reader == Reader()


@dataclass
class Kiosk:
    """A sender with one stream: it forgets on the ack alone, and says what it had to drop."""

    outbox: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    """seq → the range a gap declares, None for an ordinary fact."""
    highest: int = 0
    dropped: set[int] = field(default_factory=set)

    def write(self, declared: tuple[int, int] | None = None) -> None:
        self.highest += 1
        self.outbox[self.highest] = declared

    def drop(self, random: Random) -> None:
        """Give up some of the oldest that is kept, as a full disk would, and say so."""
        ordinary = [seq for seq, declared in sorted(self.outbox.items()) if declared is None]
        if not ordinary:
            return
        first = last = ordinary[random.randrange(len(ordinary))]
        while last + 1 in ordinary and random.random() < 0.8:
            last += 1
        for seq in range(first, last + 1):
            del self.outbox[seq]
            self.dropped.add(seq)
        self.write((first, last))

    def window(self) -> list[tuple[int, tuple[int, int] | None]]:
        """The gaps first: one that waited behind a window above its hole would never be sent."""
        return sorted(self.outbox.items(), key=lambda row: (row[1] is None, row[0]))[:WINDOW]

    def hear(self, ack: Ack) -> None:
        check_ack(ack, self.highest)
        for seq in [seq for seq in self.outbox if seq <= ack.upto]:
            del self.outbox[seq]


@dataclass
class Gateway:
    """A reader whose memory is what it committed: effects and place in one transaction."""

    saved: str = json.dumps([0, []])
    effects: list[int] = field(default_factory=list)
    declared: set[int] = field(default_factory=set)

    def receive(self, batch: list[tuple[int, tuple[int, int] | None]], *, commits: bool) -> Ack | None:
        upto, ahead = json.loads(self.saved)
        reader = Reader(upto, [(first, last) for first, last in ahead])
        effects, declared = list(self.effects), set(self.declared)
        for seq, gap in batch:
            if reader.take(seq):
                effects.append(seq)
                if gap is not None:
                    declared.update(numbers_of(reader.skip(*gap)))
        if not commits:
            return None
        self.saved = json.dumps([reader.upto, reader.ahead])
        self.effects, self.declared = effects, declared
        return Ack("stream-0001", reader.upto, 0)

    @property
    def upto(self) -> int:
        return int(json.loads(self.saved)[0])


steps = st.lists(st.sampled_from(["write", "write many", "drop", "send", "receive", "die", "hear"]), max_size=80)


@given(st.randoms(use_true_random=False), steps)
def test_in_any_order_with_any_repeats_losses_and_crashes_each_fact_has_its_effect_once(
    random: Random, script: list[str]
) -> None:
    kiosk, gateway = Kiosk(), Gateway()
    air: list[tuple[int, tuple[int, int] | None]] = []
    acks: list[Ack] = []

    for step in script:
        if step == "write":
            kiosk.write()
        elif step == "write many":
            for _ in range(random.randrange(2 * WINDOW)):
                kiosk.write()
        elif step == "drop":
            kiosk.drop(random)
        elif step == "send":
            air += [fact for fact in kiosk.window() if random.random() < 0.8]
        elif step in {"receive", "die"}:
            random.shuffle(air)
            count = random.randrange(len(air) + 1)
            batch, rest = air[:count], air[count:]
            # Some of what arrived arrives again, and in between the reader may die before or after its commit.
            air = rest + [fact for fact in batch if random.random() < 0.3]
            ack = gateway.receive(batch, commits=step == "receive" or random.random() < 0.5)
            if ack is not None and step == "receive":
                acks.append(ack)
        elif acks:
            random.shuffle(acks)
            ack = acks[-1] if random.random() < 0.5 else acks.pop()  # an ack can come twice, and late
            kiosk.hear(ack)
        assert_nothing_doubled_and_nothing_ahead_of_the_truth(gateway)

    while kiosk.outbox:
        before = len(kiosk.outbox)
        ack = gateway.receive(kiosk.window(), commits=True)
        assert ack is not None
        kiosk.hear(ack)
        assert len(kiosk.outbox) < before, "the lane stands still although the line is good"

    assert_nothing_doubled_and_nothing_ahead_of_the_truth(gateway)
    assert gateway.upto == kiosk.highest
    assert set(gateway.effects) | kiosk.dropped == set(range(1, kiosk.highest + 1))
    assert gateway.declared <= kiosk.dropped
    assert not gateway.declared & set(gateway.effects)


def assert_nothing_doubled_and_nothing_ahead_of_the_truth(gateway: Gateway) -> None:
    assert len(gateway.effects) == len(set(gateway.effects))
    assert set(range(1, gateway.upto + 1)) <= set(gateway.effects) | gateway.declared


def test_an_ack_for_facts_that_were_never_sent_is_not_obeyed() -> None:
    ack = Ack("stream-0001", 9, 0)

    assert check_ack(ack, 9) is ack
    assert check_ack(ack, 10) is ack
    with pytest.raises(Broken, match="ack up to 9, but only 8 exist"):
        check_ack(ack, 8)


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"stream":"stream-0001","upto":-1,"now":0}',
        b'{"stream":"stream-0001","upto":1.0,"now":0}',
        b'{"stream":"stream-0001","upto":true,"now":0}',
        b'{"stream":"stream-0001","upto":1}',
        b'{"stream":"stream-0001","upto":1,"now":99999999999999999}',
        b'{"stream":"no","upto":1,"now":0}',
        b'{"stream":"stream-0001","upto":9223372036854775808,"now":0}',
        b'{"stream":"stream-0001","upto":1,"now":0,"x":"' + b"x" * 1024 + b'"}',
    ],
)
def test_an_ack_that_cannot_be_understood_is_broken(payload: bytes) -> None:
    with pytest.raises(Broken):
        Ack.decode(payload)


def test_only_a_true_fork_is_one_and_an_older_kiosk_reads_the_same_ack() -> None:
    fork = Ack("stream-0001", 0, 5, fork=True)

    assert Ack.decode(fork.encode()) == fork
    assert b"fork" not in Ack("stream-0001", 0, 5).encode()
    assert not Ack.decode(b'{"stream":"stream-0001","upto":0,"now":5,"fork":"yes"}').fork
