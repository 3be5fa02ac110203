"""Facts: what is read, what is parked, and which bodies make sense."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract import facts
from gateway.contract.envelope import MAX_MOMENT, Broken
from gateway.contract.facts import BrokenFact, Clock, Fact, check, decode
from gateway.contract.topics import Lane

GOOD: dict[str, Any] = {
    "v": 1,
    "stream": "stream-0001",
    "seq": 7,
    "at": 1_790_000_000_000,
    "clock": "ntp",
    "boot": "b1",
    "mono": 5000,
    "kind": "checkin",
    "body": {"id": "checkin-0001", "station": "sn10-north"},
}


def fact(kind: str, body: dict[str, Any], seq: int = 7) -> Fact:
    return replace(decode(json.dumps(GOOD).encode()), kind=kind, body=body, seq=seq)


def test_a_fact_is_read_field_by_field() -> None:
    read = decode(json.dumps(GOOD).encode())

    assert read == Fact(
        stream="stream-0001",
        seq=7,
        at=1_790_000_000_000,
        clock=Clock.NTP,
        boot="b1",
        mono=5000,
        kind="checkin",
        body={"id": "checkin-0001", "station": "sn10-north"},
    )


def test_unknown_fields_are_kept_and_count_in_the_digest() -> None:
    newer = decode(json.dumps({**GOOD, "weather": {"rain": True}}).encode())

    assert newer.more == {"weather": {"rain": True}}
    assert decode(newer.encode()) == newer
    assert newer.digest() != decode(json.dumps(GOOD).encode()).digest()


def test_unknown_fields_cannot_take_the_place_of_known_ones() -> None:
    sly = replace(decode(json.dumps(GOOD).encode()), more={"seq": 1, "v": 2, "kind": "sos"})

    assert decode(sly.encode()) == replace(sly, more={})


def test_the_same_fact_in_another_spelling_has_the_same_digest() -> None:
    loose = json.dumps(dict(reversed(GOOD.items())), indent=2).encode()

    assert decode(loose).digest() == decode(json.dumps(GOOD).encode()).digest()


def test_a_clock_that_knew_nothing_gives_no_time_and_the_fact_counts() -> None:
    for value in ({**GOOD, "at": None, "clock": "none"}, {name: GOOD[name] for name in GOOD if name != "at"}):
        assert decode(json.dumps(value).encode()).at is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("v", 2, "unknown version"),
        ("v", 1.0, "unknown version"),
        ("v", True, "unknown version"),
        ("v", "1", "unknown version"),
        ("v", ..., "v is missing"),
        ("at", -1, "at is out of range"),
        ("at", MAX_MOMENT + 1, "at is out of range"),
        ("at", 1.5, "at is not a whole number"),
        ("at", "2026-11-22", "at is not a whole number"),
        ("clock", "gps", "clock is not"),
        ("clock", None, "clock is not text"),
        ("clock", ["ntp"], "clock is not text"),
        ("boot", "", "boot has 0"),
        ("boot", "b" * 65, "boot has 65"),
        ("mono", -1, "mono is out of range"),
        ("mono", MAX_MOMENT + 1, "mono is out of range"),
        ("mono", True, "mono is not a whole number"),
        ("mono", ..., "mono is not a whole number"),
        ("kind", "", "kind has 0"),
        ("kind", "k" * 33, "kind has 33"),
        ("kind", {"a": 1}, "kind is not text"),
        ("body", [], "body is not an object"),
        ("body", "{}", "body is not an object"),
        ("body", ..., "body is not an object"),
    ],
)
def test_a_wrong_field_is_named_and_the_key_is_still_known(name: str, value: object, reason: str) -> None:
    broken = {**GOOD, name: value}
    if value is ...:
        del broken[name]

    with pytest.raises(BrokenFact, match=reason) as caught:
        decode(json.dumps(broken).encode())

    assert (caught.value.stream, caught.value.seq) == ("stream-0001", 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", 0),
        ("seq", -1),
        ("seq", 2**63),
        ("seq", 1.0),
        ("seq", True),
        ("seq", "7"),
        ("seq", None),
        ("seq", [7]),
        ("stream", "short"),
        ("stream", "x" * 65),
        ("stream", "with space"),
        ("stream", "北门站北门站北门"),
        ("stream", 12345678),
        ("stream", None),
        ("stream", ["stream-0001"]),
    ],
)
def test_without_a_proper_key_a_fact_is_broken_and_no_key_is_guessed(name: str, value: object) -> None:
    with pytest.raises(BrokenFact) as caught:
        decode(json.dumps({**GOOD, name: value}).encode())

    assert (caught.value.stream, caught.value.seq) == (None, None)


def test_the_highest_number_is_taken() -> None:
    assert decode(json.dumps({**GOOD, "seq": 2**63 - 1}).encode()).seq == facts.MAX_SEQ


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps({**GOOD, "body": {"words": "x\0y"}}).encode(),
        json.dumps({**GOOD, "body": {"words": "\ud800"}}).encode(),
        json.dumps({**GOOD, "body": {"n": 10**30}}).encode(),
        json.dumps({**GOOD, "body": {"n": float("inf")}}).encode(),
        json.dumps({**GOOD, "body": {"words": "x" * 9000}}).encode(),
        json.dumps(GOOD).encode()[:-1],
        json.dumps(GOOD).encode() + b"}",
        json.dumps(GOOD).encode().replace(b"sn10", b"\xff\xfe"),
        json.dumps(GOOD).encode().replace(b'"boot"', b'"mono": 1, "boot"'),
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    ],
)
def test_poison_whose_key_can_be_read_is_parked_under_it(payload: bytes) -> None:
    with pytest.raises(BrokenFact) as caught:
        decode(payload)

    assert (caught.value.stream, caught.value.seq) == ("stream-0001", 7)


def test_a_sequence_number_inside_the_body_of_poison_is_not_taken_for_the_key() -> None:
    body = {"device": "esp-01", "event": "boot", "seq": 3, "stream": "other-stream", "words": "x\0y"}
    canonical = json.dumps({**GOOD, "body": body}, sort_keys=True).encode()

    with pytest.raises(BrokenFact) as readable:
        decode(canonical)
    with pytest.raises(BrokenFact) as torn:
        decode(canonical[:-1])

    assert (readable.value.stream, readable.value.seq) == ("stream-0001", 7)
    assert (torn.value.stream, torn.value.seq) == (None, None)


def test_a_number_torn_in_the_middle_is_not_taken_for_the_key() -> None:
    payload = b'{"stream":"stream-0001","seq":123'

    with pytest.raises(BrokenFact) as caught:
        decode(payload)

    assert (caught.value.stream, caught.value.seq) == (None, None)


def test_a_key_that_stands_twice_is_no_key() -> None:
    payload = json.dumps(GOOD).encode().replace(b'"seq": 7', b'"seq": 7, "seq": 8')

    with pytest.raises(BrokenFact, match="a key stands twice") as caught:
        decode(payload)

    assert (caught.value.stream, caught.value.seq) == (None, None)


def test_words_that_look_like_a_key_are_words() -> None:
    payload = json.dumps({**GOOD, "body": {"words": '"seq": 99, "stream": "other-stream"'}}).encode()[:-1]

    with pytest.raises(BrokenFact) as caught:
        decode(payload)

    assert (caught.value.stream, caught.value.seq) == ("stream-0001", 7)


def test_a_fact_too_large_for_the_wire_is_refused_at_the_tap() -> None:
    with pytest.raises(Broken, match="larger than 8192 bytes"):
        fact("report", {"words": "站" * 3000}).encode()


def test_a_number_no_database_can_hold_is_refused_at_the_tap() -> None:
    with pytest.raises(Broken, match="beyond 64 bits"):
        fact("telemetry", {"device": "esp-01", "readings": {"t": 10**400}}).encode()


ID = {"id": "a-fresh-id-1"}
HERE = {**ID, "station": "sn10-north"}
REPORT = {**HERE, "category": "parking.fire_lane"}
LAMP = {"station": "sn10-north", "amenity": "raincoat", "state": "empty"}
SENSOR = {"device": "esp-01", "readings": {"temperature": 21.5, "count": 3}}
EVENT = {"device": "esp-01", "event": "box_opened"}
RESULT = {"id": "command-0001", "state": "done"}


@pytest.mark.parametrize(
    ("kind", "body", "lanes"),
    [
        ("checkin", HERE, {Lane.EVENT}),
        ("report", REPORT, {Lane.EVENT, Lane.SOS}),
        ("report", {**REPORT, "place": "3号楼", "words": "", "receipt": "abcdefghjkmn"}, {Lane.EVENT, Lane.SOS}),
        ("report", {**REPORT, "category": "a.category_of_tomorrow"}, {Lane.EVENT, Lane.SOS}),
        ("sos", HERE, {Lane.SOS}),
        ("amenity", LAMP, {Lane.EVENT}),
        ("device", EVENT, {Lane.EVENT, Lane.SOS}),
        ("result", RESULT, {Lane.EVENT}),
        ("telemetry", SENSOR, {Lane.TELEMETRY}),
        ("telemetry", {**SENSOR, "readings": {}}, {Lane.TELEMETRY}),
        ("gap", {"first": 1, "last": 6}, set(Lane)),
        ("gap", {"first": 6, "last": 6}, set(Lane)),
    ],
)
def test_each_kind_travels_in_its_lanes_and_in_no_other(kind: str, body: dict[str, Any], lanes: set[Lane]) -> None:
    good = fact(kind, {**body, "something_new": [1, None]})

    for lane in Lane:
        if lane in lanes:
            assert check(good, lane) is good
        else:
            with pytest.raises(BrokenFact, match="does not travel"):
                check(good, lane)


ODD = [None, True, 7, 1.5, [], ["a"], {}, {"a": 1}, "", "UPPER", "北门", "a b", ".a", "x" * 65]


@pytest.mark.parametrize(
    ("kind", "body", "name", "odd"),
    [
        (kind, body, name, odd)
        for kind, body, names in (
            ("checkin", HERE, ("id", "station")),
            ("report", REPORT, ("id", "station", "category")),
            ("sos", HERE, ("id", "station")),
            ("amenity", LAMP, ("station", "amenity", "state")),
            ("telemetry", SENSOR, ("device",)),
            ("device", EVENT, ("device", "event")),
            ("result", RESULT, ("id", "state")),
        )
        for name in names
        for odd in [..., *ODD]
    ],
)
def test_a_body_with_a_wrong_or_missing_field_is_parked_with_the_field_named(
    kind: str, body: dict[str, Any], name: str, odd: object
) -> None:
    wrong = {**body, name: odd}
    if odd is ...:
        del wrong[name]

    with pytest.raises(BrokenFact, match=f"^{name} ") as caught:
        check(fact(kind, wrong), next(iter(facts.KINDS[kind][0])))

    assert (caught.value.stream, caught.value.seq) == ("stream-0001", 7)


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("report", {**REPORT, "place": None}, "place is not text"),
        ("report", {**REPORT, "place": ["3号楼"]}, "place is not text"),
        ("report", {**REPORT, "place": "x" * 81}, "place has 81"),
        ("report", {**REPORT, "words": "x" * 501}, "words has 501"),
        ("report", {**REPORT, "words": {"a": 1}}, "words is not text"),
        ("report", {**REPORT, "receipt": "abcd-efgh-jkmn"}, "receipt is not one"),
        ("report", {**REPORT, "receipt": ""}, "receipt is not one"),
        ("report", {**REPORT, "receipt": None}, "receipt is not text"),
        ("amenity", {**LAMP, "state": "fine"}, "state is not ok, low"),
        ("result", {**RESULT, "state": "queued"}, "state is not accepted, done"),
        ("telemetry", {**SENSOR, "readings": [1]}, "readings is not an object"),
        ("telemetry", {**SENSOR, "readings": None}, "readings is not an object"),
        ("telemetry", {**SENSOR, "readings": {"t": "21"}}, "a reading is not a number"),
        ("telemetry", {**SENSOR, "readings": {"t": True}}, "a reading is not a number"),
        ("telemetry", {**SENSOR, "readings": {"t": None}}, "a reading is not a number"),
        ("telemetry", {**SENSOR, "readings": {str(n): n for n in range(65)}}, "at most 64"),
        ("gap", {}, "first is not a whole number"),
        ("gap", {"first": 1}, "last is not a whole number"),
        ("gap", {"first": 0, "last": 3}, "first is out of range"),
        ("gap", {"first": 4, "last": 3}, "ends before it begins"),
        ("gap", {"first": 1.0, "last": 3}, "first is not a whole number"),
        ("gap", {"first": True, "last": 3}, "first is not a whole number"),
        ("no_such_kind", {}, "unknown kind 'no_such_kind'"),
        ("KINDS", {}, "unknown kind"),
    ],
)
def test_a_body_that_makes_no_sense_is_parked_with_its_reason(kind: str, body: dict[str, Any], reason: str) -> None:
    lane = next(iter(facts.KINDS[kind][0])) if kind in facts.KINDS else Lane.EVENT

    with pytest.raises(BrokenFact, match=reason):
        check(fact(kind, body), lane)


@pytest.mark.parametrize("last", [7, 8, 2**62, 2**63 - 1])
def test_a_gap_cannot_swallow_numbers_that_were_not_given_out_before_it(last: int) -> None:
    with pytest.raises(BrokenFact, match="not given out before it"):
        check(fact("gap", {"first": 1, "last": last}, seq=7), Lane.TELEMETRY)


def test_an_sos_never_waits_in_a_lane_with_a_backlog() -> None:
    assert facts.KINDS["sos"][0] == {Lane.SOS}
    assert Lane.SOS in facts.KINDS["report"][0]
    assert all(Lane.SOS not in facts.KINDS[kind][0] for kind in ("telemetry", "checkin", "amenity"))
