"""`docs/contract.md` cannot lie: every example in it is read with the contract itself."""

import hashlib
import hmac
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import facts, presence, receipts, streams, topics
from gateway.contract.categories import BY_CODE
from gateway.contract.commands import Command
from gateway.contract.envelope import MAX_DEPTH, MAX_MOMENT
from gateway.contract.life import HEARTBEAT_S, Birth, State
from gateway.contract.streams import Ack, Reader
from gateway.contract.topics import Channel, Lane, Topic
from gateway.contract.twin import DIALS, Desired, Reported
from kiosk.agent.limits import BOUNDS, Limits

DOCUMENT = (Path(__file__).parents[2] / "docs" / "contract.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\S+)(?: ([^\n]+))?\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
EXAMPLES = [(label, text.encode()) for language, label, text in BLOCKS if language == "json"]

MESSAGES = {
    "state": State.decode,
    "birth": Birth.decode,
    "ack": Ack.decode,
    "desired": Desired.decode,
    "reported": Reported.decode,
    "command": Command.decode,
}


def of(kind: str) -> Iterator[bytes]:
    return (payload for label, payload in EXAMPLES if label.split()[0] == kind)


@pytest.mark.parametrize(("label", "payload"), EXAMPLES, ids=[label for label, _ in EXAMPLES])
def test_every_example_is_what_it_says_it_is(label: str, payload: bytes) -> None:
    what, _, lane = label.partition(" ")

    if what == "fact":
        fact = facts.check(facts.decode(payload), Lane(lane))
        assert fact.more == {}
        category = fact.body.get("category")
        assert category is None or BY_CODE[category].urgent is (lane == "sos")
    elif what in MESSAGES:
        MESSAGES[what](payload)
    else:
        assert what in {"presence", "receipt", "voucher"}, f"an example of something unknown: {label}"


def test_every_kind_and_every_message_has_an_example() -> None:
    assert {facts.decode(payload).kind for payload in of("fact")} == set(facts.KINDS)
    assert {label.split()[0] for label, _ in EXAMPLES} >= set(MESSAGES)


def test_the_examples_are_one_story_with_distinct_keys() -> None:
    keys = [(fact.stream, fact.seq) for fact in map(facts.decode, of("fact"))]

    assert len(keys) == len(set(keys))


def test_the_kinds_stand_in_the_table_with_their_lanes() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| ([^|]+) \| `?[a-z]", DOCUMENT, re.MULTILINE))

    assert set(facts.KINDS) <= set(rows)
    for kind, (lanes, _) in facts.KINDS.items():
        if kind != "gap":
            assert {lane for lane in Lane if lane in rows[kind]} == lanes


def test_every_topic_stands_in_the_table() -> None:
    named = set(re.findall(r"^\| `(cxz/1/[^`]+)` \|", DOCUMENT, re.MULTILINE))

    assert named == {f"cxz/1/{{kiosk}}/{channel}" for channel in Channel} | {topics.GATEWAY_STATE}


def test_a_kiosks_settings_and_limits_stand_there_with_their_defaults_and_ranges() -> None:
    shipped = Limits()
    known: dict[str, tuple[float, float, float]] = {
        name: (dial.default, dial.least, dial.most) for name, dial in DIALS.items()
    }
    known |= {name: (getattr(shipped, name), *bounds) for name, bounds in BOUNDS.items()}

    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+)–(\d+) \|", DOCUMENT, re.MULTILINE)

    assert {name: (int(usual), int(least), int(most)) for name, usual, least, most in rows} == known


@pytest.mark.parametrize(
    "said",
    [
        f"from 0 to {MAX_MOMENT}",
        f"nesting deeper than {MAX_DEPTH}",
        f"every {HEARTBEAT_S} s",
        f"at most {streams.WINDOW} facts per lane",
        f"÷ {presence.STEP_MS}",
        f"`{receipts.ALPHABET}`",
        ", ".join(f"`{state}`" for state in facts.AMENITY_STATES),
        ", ".join(f"`{state}`" for state in facts.RESULT_STATES),
        "| fact, command | 8 KiB |",
        "| birth, state | 16 KiB |",
        "| desired, reported | 64 KiB |",
        "| ack | 1 KiB |",
    ],
)
def test_the_numbers_in_the_text_are_those_of_the_code(said: str) -> None:
    assert said in DOCUMENT


def test_the_presence_vector_is_right() -> None:
    (vector,) = (json.loads(payload) for payload in of("presence"))
    key = bytes.fromhex(vector["key"])

    assert presence.code(key, vector["station"], vector["at"]) == vector["code"]
    assert vector["at"] // presence.STEP_MS == vector["step"]
    message = f"cxz-presence\0{vector['station']}\0{vector['step']}".encode()
    assert hmac.new(key, message, hashlib.sha256).hexdigest() == vector["mac"]
    number, letters = int(vector["mac"][:16], 16), ""
    for _ in range(8):
        number, index = divmod(number, 31)
        letters += receipts.ALPHABET[index]
    assert letters == vector["code"]


def test_the_receipt_is_shown_as_said() -> None:
    (example,) = (json.loads(payload) for payload in of("receipt"))

    assert receipts.is_receipt(example["receipt"])
    assert receipts.show(example["receipt"]) == example["shown"]


def test_the_bytes_to_hash_lie_between_body_and_hash_as_said() -> None:
    (example,) = map(Desired.decode, of("desired"))
    payload = example.encode()
    body = payload[len(b'{"body":') : payload.rindex(b',"hash":')]

    assert hashlib.sha256(body).hexdigest() == json.loads(payload)["hash"]


def commands() -> list[tuple[str, dict[str, str]]]:
    (script,) = (text for language, _, text in BLOCKS if language == "sh")
    found = []
    for line in script.splitlines():
        program, *words = shlex.split(line)
        options: dict[str, str] = {}
        while words:
            option = words.pop(0)
            assert re.fullmatch(r"-[a-zA-Z]", option)
            options[option] = "" if option in {"-c", "-E", "-v"} else words.pop(0)
        found.append((program, options))
    return found


def test_the_lines_typed_by_hand_publish_good_facts_and_see_their_acks() -> None:
    reader, published = Reader(), list[Any]()
    for program, options in commands():
        assert options["-i"] == options["-u"], "the broker takes the user name as the client id"
        assert "-c" in options, "without it the session, and with it the acks, would be lost"
        assert options["-q"] == "1"
        topic = Topic.parse(options["-t"])
        assert topic.kiosk == options["-u"]
        if program == "mosquitto_pub":
            fact = facts.check(facts.decode(options["-m"].encode()), topics.LANES[topic.channel])
            assert reader.take(fact.seq)
            published.append(fact)
        else:
            assert (program, topic.channel) == ("mosquitto_sub", Channel.ACK)

    assert [fact.kind for fact in published] == ["checkin", "report"]
    assert len({fact.stream for fact in published}) == 1
    assert f'`"upto":{reader.upto}`' in DOCUMENT
    assert f"`/r/{published[1].body['receipt']}`" in DOCUMENT
