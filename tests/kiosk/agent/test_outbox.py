from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.contract.envelope import Broken
from gateway.contract.facts import Clock, decode
from gateway.contract.streams import Ack, Reader
from gateway.contract.topics import Lane
from gateway.sqlite import Unusable
from kiosk.agent.clock import Moment
from kiosk.agent.outbox import Outbox
from kiosk.agent.view import NotSaved

MOMENT = Moment(1_795_320_000_000, Clock.NTP, "boot", 5)
CHECKIN = {"id": "0123456789", "station": "sn10-north"}


def reading(value: float) -> dict[str, object]:
    return {"id": "0123456789", "station": "sn10-north", "device": "box", "readings": {"value": value}}


def stream(outbox: Outbox, lane: Lane) -> str:
    return next(head.stream for head in outbox.heads() if head.lane is lane)


def test_a_fact_is_there_after_the_power_cut(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    fact = outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)

    again = Outbox(tmp_path / "outbox.db")  # without a close

    assert decode(again.window(Lane.EVENT, 64)[0].payload) == fact
    assert again.backlog() == 1


def test_each_lane_is_a_stream_of_its_own_with_a_random_name(tmp_path: Path) -> None:
    one, other = Outbox(tmp_path / "one.db"), Outbox(tmp_path / "other.db")

    names = [head.stream for outbox in (one, other) for head in outbox.heads()]

    assert len(set(names)) == 6


def test_numbers_go_on_after_everything_is_forgotten(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    outbox.forget(Ack(stream(outbox, Lane.EVENT), 2, 0))

    again = Outbox(tmp_path / "outbox.db")
    fact = again.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)

    assert fact.seq == 3
    assert again.acked(Lane.EVENT) == 2


def test_heads_say_what_is_still_held(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    for _ in range(3):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    outbox.forget(Ack(stream(outbox, Lane.EVENT), 1, 0))

    heads = {head.lane: (head.first, head.last) for head in outbox.heads()}

    assert heads == {Lane.SOS: (1, 0), Lane.EVENT: (2, 3), Lane.TELEMETRY: (1, 0)}


def test_an_ack_from_the_future_is_broken_and_forgets_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)

    with pytest.raises(Broken):
        outbox.forget(Ack(stream(outbox, Lane.EVENT), 2, 0))

    assert outbox.backlog() == 1


def test_an_ack_for_another_stream_or_an_old_one_changes_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    for _ in range(2):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    outbox.forget(Ack(stream(outbox, Lane.EVENT), 1, 0))

    assert outbox.forget(Ack("somebody-elses", 2, 0)) is None
    assert outbox.forget(Ack(stream(outbox, Lane.EVENT), 1, 0)) is None
    assert outbox.forget(Ack(stream(outbox, Lane.EVENT), 0, 0)) is None
    assert outbox.backlog() == 1


def test_a_body_no_gateway_would_take_is_refused_and_costs_no_number(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")

    with pytest.raises(Broken):
        outbox.add(Lane.EVENT, "checkin", {"id": "0123456789"}, MOMENT)
    with pytest.raises(Broken):
        outbox.add(Lane.EVENT, "checkin", {**CHECKIN, "much": "很" * 9000}, MOMENT)
    fact = outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)

    assert fact.seq == 1


def test_what_fails_halfway_leaves_neither_fact_nor_effect(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")

    with pytest.raises(RuntimeError), outbox.writing() as connection:
        outbox.put(connection, Lane.EVENT, "checkin", CHECKIN, MOMENT)
        raise RuntimeError("died here")

    assert outbox.backlog() == 0
    assert outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT).seq == 1


def test_too_much_telemetry_drops_the_oldest_and_says_so(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", telemetry_cap=10)
    for value in range(50):
        outbox.add(Lane.TELEMETRY, "telemetry", reading(value), MOMENT)

    first, *others = [decode(parcel.payload) for parcel in outbox.window(Lane.TELEMETRY, 64)]

    assert outbox.backlog(Lane.TELEMETRY) <= 11
    assert first.kind == "gap"
    assert first.body["first"] == 1
    assert first.body["last"] == min(fact.seq for fact in others) - 1
    assert others[-1].body["readings"] == {"value": 49}


@pytest.mark.parametrize("most", [1, 2, 3, 64])
def test_a_reader_gets_through_any_number_of_gaps(tmp_path: Path, most: int) -> None:
    outbox = Outbox(tmp_path / "outbox.db", telemetry_cap=20)
    reader, seen = Reader(), []
    for value in range(300):
        outbox.add(Lane.TELEMETRY, "telemetry", reading(value), MOMENT)

    while parcels := outbox.window(Lane.TELEMETRY, most):
        for parcel in parcels:
            fact = decode(parcel.payload)
            reader.take(fact.seq)
            if fact.kind == "gap":
                reader.skip(fact.body["first"], fact.body["last"])
            else:
                seen.append(fact.body["readings"]["value"])
        before = outbox.acked(Lane.TELEMETRY)
        outbox.forget(Ack(stream(outbox, Lane.TELEMETRY), reader.upto, 0))
        assert outbox.acked(Lane.TELEMETRY) > before

    assert seen[-1] == 299
    assert outbox.backlog() == 0


def test_nothing_but_telemetry_is_ever_dropped(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", telemetry_cap=5, free=lambda: 0)

    for value in range(30):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
        outbox.add(Lane.TELEMETRY, "telemetry", reading(value), MOMENT)

    assert outbox.backlog(Lane.EVENT) == 30
    assert outbox.backlog(Lane.TELEMETRY) <= 6


def test_a_full_disk_is_told_in_words_and_what_is_kept_stays_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    with outbox.writing() as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")

    kept = 1
    with pytest.raises(NotSaved, match="存满了"):
        while True:
            outbox.add(Lane.EVENT, "checkin", {**CHECKIN, "note": "满" * 500}, MOMENT)
            kept += 1

    assert outbox.backlog() == kept
    assert len(Outbox(tmp_path / "outbox.db").window(Lane.EVENT, 1000)) == kept
    with outbox.writing() as connection:
        connection.execute("pragma max_page_count = 100000")
    assert outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT).seq == kept + 1


@pytest.mark.parametrize("damage", ["garbage", "middle"])
def test_a_corrupt_database_is_set_aside_and_a_new_one_begins(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    for _ in range(200):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    old = stream(outbox, Lane.EVENT)
    outbox.close()
    content = path.read_bytes()
    spoilt = b"x" * 4096 if damage == "garbage" else content[:8192] + b"\xff" * 20_000 + content[28_192:]
    path.write_bytes(spoilt)

    again = Outbox(path)

    assert again.set_aside is not None
    assert again.set_aside.read_bytes() == spoilt
    assert stream(again, Lane.EVENT) != old
    assert again.add(Lane.EVENT, "checkin", CHECKIN, MOMENT).seq == 1


def test_a_database_that_breaks_while_running_costs_one_tap(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "outbox.db")
    first.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    first.close()
    outbox = Outbox(tmp_path / "outbox.db")
    old = stream(outbox, Lane.EVENT)
    (tmp_path / "outbox.db").write_bytes(b"x" * 40_960)

    with ThreadPoolExecutor() as another_thread:  # it opens its own connection, and so meets the damage
        with pytest.raises(NotSaved, match="再按一次"):
            another_thread.submit(outbox.add, Lane.EVENT, "checkin", CHECKIN, MOMENT).result()
        fact = another_thread.submit(outbox.add, Lane.EVENT, "checkin", CHECKIN, MOMENT).result()

    assert outbox.set_aside is not None
    assert fact.stream != old


def test_a_disk_that_cannot_be_written_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(Unusable):
        Outbox(tmp_path / "file" / "outbox.db")


def test_a_commit_that_fails_does_not_block_the_next_tap(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    with outbox.writing() as connection:
        connection.execute("create table stumble (of text references streams deferrable initially deferred)")

    with pytest.raises(NotSaved), outbox.writing() as connection:
        outbox.put(connection, Lane.EVENT, "checkin", CHECKIN, MOMENT)
        connection.execute("insert into stumble values ('nowhere')")  # only the commit finds out

    assert outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT).seq == 1
    assert outbox.backlog() == 1


def test_a_new_stream_carries_over_what_is_held_and_tells_the_new_numbers(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    for _ in range(5):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    old = stream(outbox, Lane.EVENT)
    outbox.forget(Ack(old, 2, 0))
    told: list[dict[int, int]] = []
    outbox.renumbered = lambda _connection, _lane, numbers: told.append(dict(numbers))

    assert outbox.renew(old, MOMENT) is Lane.EVENT
    assert outbox.renew(old, MOMENT) is None

    again = Outbox(tmp_path / "outbox.db")
    facts = [decode(parcel.payload) for parcel in again.window(Lane.EVENT, 64)]
    assert told == [{3: 1, 4: 2, 5: 3}]
    assert [fact.seq for fact in facts] == [1, 2, 3]
    assert {fact.stream for fact in facts} == {stream(again, Lane.EVENT)} != {old}
    assert {fact.body["id"] for fact in facts} == {CHECKIN["id"]}


def test_a_new_telemetry_stream_says_what_it_could_not_carry_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.agent.outbox.LEAN_TELEMETRY", 4)
    outbox = Outbox(tmp_path / "outbox.db")
    for number in range(10):
        outbox.add(Lane.TELEMETRY, "telemetry", reading(number), MOMENT)

    outbox.renew(stream(outbox, Lane.TELEMETRY), MOMENT)

    facts = [decode(parcel.payload) for parcel in outbox.window(Lane.TELEMETRY, 64)]
    reader = Reader()
    for fact in facts:
        reader.take(fact.seq)
    reader.skip(facts[0].body["first"], facts[0].body["last"])
    assert [fact.kind for fact in facts] == ["gap", *["telemetry"] * 4]
    assert [fact.body["readings"]["value"] for fact in facts[1:]] == [6, 7, 8, 9]
    assert reader.upto == outbox.heads()[2].last and reader.ahead == []


def test_confirmed_facts_of_a_backlog_leave_the_disk_in_one_sweep(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    for _ in range(10):
        outbox.add(Lane.EVENT, "checkin", CHECKIN, MOMENT)
    name = stream(outbox, Lane.EVENT)

    outbox.forget(Ack(name, 4, 0))
    after_a_power_cut = Outbox(tmp_path / "outbox.db")
    seen = [parcel.seq for parcel in outbox.window(Lane.EVENT, 64)]
    outbox.close()
    after_an_orderly_end = Outbox(tmp_path / "outbox.db")

    assert seen == [5, 6, 7, 8, 9, 10]
    assert after_a_power_cut.backlog() == 10  # sent once more, and absorbed
    assert after_an_orderly_end.backlog() == 6
    assert after_an_orderly_end.heads()[1].first == 5
