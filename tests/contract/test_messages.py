"""Properties that every message has: what is encoded is decoded unchanged, and hostile bytes are only ever `Broken`."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import facts
from gateway.contract.commands import Command
from gateway.contract.envelope import MAX_MOMENT, Broken
from gateway.contract.facts import BrokenFact, Clock, Fact
from gateway.contract.life import Birth, Life, State, StreamHead
from gateway.contract.streams import Ack
from gateway.contract.topics import Lane
from gateway.contract.twin import Desired, Reported

ids = st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True)
moments = st.integers(0, MAX_MOMENT)
numbers = st.integers(1, 2**63 - 1)


def line(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=least, max_size=most)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    line(0, 10),
)
bodies = st.dictionaries(
    line(0, 8),
    scalars | st.lists(scalars, max_size=3) | st.dictionaries(line(0, 8), scalars, max_size=3),
    max_size=4,
)


def more(*known: str) -> st.SearchStrategy[dict[str, Any]]:
    return bodies.map(lambda body: {name: item for name, item in body.items() if name not in known})


some_facts = st.builds(
    Fact,
    stream=ids,
    seq=numbers,
    at=st.none() | moments,
    clock=st.sampled_from(Clock),
    boot=line(1, 64),
    mono=moments,
    kind=line(1, 32),
    body=bodies,
    more=more("v", "stream", "seq", "at", "clock", "boot", "mono", "kind", "body"),
)
heads = st.tuples(st.sampled_from(Lane), ids, numbers, numbers).map(
    lambda head: StreamHead(head[0], head[1], min(head[2:]), max(head[2:]))
)
births = st.builds(
    Birth,
    nonce=line(4, 64),
    boot=line(1, 64),
    software=line(0, 64),
    streams=st.lists(heads, max_size=3).map(tuple),
    devices=st.lists(bodies, max_size=3).map(tuple),
    more=more("v", "nonce", "boot", "software", "streams", "devices"),
)
states = st.builds(
    State, life=st.sampled_from(Life), nonce=line(4, 64), at=st.none() | moments, backlog=st.integers(0, 2**63 - 1)
)
acks = st.builds(Ack, stream=ids, upto=st.integers(0, 2**63 - 1), now=moments)
desireds = st.builds(Desired, version=numbers, body=bodies)
words = st.dictionaries(line(0, 8), line(0, 20), max_size=4)
reporteds = st.builds(
    Reported,
    version=st.integers(0, 2**63 - 1),
    software=line(0, 64),
    error=st.none() | line(0, 500),
    amenities=words,
    check=words,
)
commands = st.builds(Command, id=ids, name=line(1, 32), expires=moments, args=bodies)

decoders: list[Callable[[bytes], object]] = [
    facts.decode,
    Birth.decode,
    State.decode,
    Ack.decode,
    Desired.decode,
    Reported.decode,
    Command.decode,
]


@given(some_facts)
def test_a_fact_comes_back_as_it_went_with_its_unknown_fields(fact: Fact) -> None:
    again = facts.decode(fact.encode())

    assert again == fact
    assert again.digest() == fact.digest()


@given(some_facts, st.sampled_from(Lane))
def test_whatever_the_body_a_fact_is_sound_or_parked_under_its_key(fact: Fact, lane: Lane) -> None:
    for kind in facts.KINDS:
        candidate = Fact(fact.stream, fact.seq, fact.at, fact.clock, fact.boot, fact.mono, kind, fact.body)
        try:
            assert facts.check(candidate, lane) is candidate
        except BrokenFact as broken:
            assert (broken.stream, broken.seq) == (fact.stream, fact.seq)


@given(births)
def test_a_birth_comes_back_as_it_went(birth: Birth) -> None:
    assert Birth.decode(birth.encode()) == birth


@given(states)
def test_a_state_comes_back_as_it_went(state: State) -> None:
    assert State.decode(state.encode()) == state


@given(acks)
def test_an_ack_comes_back_as_it_went(ack: Ack) -> None:
    assert Ack.decode(ack.encode()) == ack


@given(desireds)
def test_a_desired_state_comes_back_as_it_went(desired: Desired) -> None:
    assert Desired.decode(desired.encode()) == desired


@given(reporteds)
def test_a_reported_state_comes_back_as_it_went(reported: Reported) -> None:
    assert Reported.decode(reported.encode()) == reported


@given(commands)
def test_a_command_comes_back_as_it_went(command: Command) -> None:
    assert Command.decode(command.encode()) == command


def only_broken(payload: bytes) -> None:
    for decode in decoders:
        try:
            decode(payload)
        except BrokenFact:
            assert decode is facts.decode
        except Broken as broken:
            assert decode is not facts.decode
            assert "\n" not in str(broken)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_but_broken(payload: bytes) -> None:
    only_broken(payload)


@given(bodies)
def test_an_arbitrary_object_raises_nothing_but_broken(value: dict[str, Any]) -> None:
    only_broken(json.dumps(value).encode())


@given(
    st.one_of(some_facts, births, states, acks, desireds, reporteds, commands).map(lambda message: message.encode()),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 3), st.binary(max_size=4)), max_size=4),
)
def test_a_valid_message_with_flipped_lost_and_added_bytes_raises_nothing_but_broken(
    payload: bytes, wounds: list[tuple[int, int, bytes]]
) -> None:
    for place, lost, added in wounds:
        place %= len(payload) + 1
        payload = payload[:place] + added + payload[place + lost :]

    only_broken(payload)


odd = st.one_of(bodies, st.lists(scalars, max_size=2), scalars, st.just(1.0), st.just(True), st.just("\0"))


@given(
    st.one_of(some_facts, births, states, acks, desireds, reporteds, commands).map(
        lambda message: json.loads(message.encode())
    ),
    st.data(),
)
def test_a_valid_message_with_one_field_of_another_type_raises_nothing_but_broken(
    value: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    value[name] = data.draw(odd)

    only_broken(json.dumps(value).encode())
