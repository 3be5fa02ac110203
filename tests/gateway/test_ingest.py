import json
import sqlite3
from typing import Any

import pytest

from gateway.contract.life import Birth, Life, State, StreamHead
from gateway.contract.topics import Lane
from gateway.contract.twin import Reported
from gateway.ingest import SILENT_S, Ingest
from gateway.mailbox import Batch, Mailbox

EVENT = "cxz/1/kiosk-01/up/facts/event"
ACK = "cxz/1/kiosk-01/down/ack"
STREAM = "streamAAAA"


def stored(mailbox: Mailbox) -> list[tuple[int, str]]:
    return [(fact.seq, fact.state) for fact in mailbox.facts_after(0)]


def troubles(mailbox: Mailbox) -> list[tuple[str, str]]:
    return sorted((row["kind"], row["reason"]) for row in mailbox.troubles())


def test_a_fact_is_stored_and_confirmed(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, make_fact(1))
    hall.settle()

    (fact,) = hall.mailbox.facts_after(0)
    assert (fact.kiosk, fact.lane, fact.seq, fact.kind, fact.state) == ("kiosk-01", Lane.EVENT, 1, "checkin", "ok")
    assert [(ack["stream"], ack["upto"]) for ack in heard.payloads(ACK)] == [(STREAM, 1)]


def test_a_fact_sent_twice_counts_once_and_is_confirmed_twice(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    for _ in range(2):
        kiosk.publish(EVENT, make_fact(1))
        hall.settle()

    assert stored(hall.mailbox) == [(1, "ok")]
    assert [ack["upto"] for ack in heard.payloads(ACK)] == [1, 1]


def test_a_hole_holds_the_confirmation_back_until_it_closes(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    for seq in (1, 3, 2):
        kiosk.publish(EVENT, make_fact(seq))
        hall.settle()

    assert [ack["upto"] for ack in heard.payloads(ACK)] == [1, 1, 3]


def test_another_fact_under_the_same_key_raises_a_clone_alarm_and_the_first_stays(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    kiosk.publish(EVENT, make_fact(1))
    hall.settle()

    kiosk.publish(EVENT, make_fact(1, body={"id": "checkin-other", "station": "sn10-south"}))
    hall.settle()

    (fact,) = hall.mailbox.facts_after(0)
    assert fact.body["id"] == "checkin-0001"
    assert [kind for kind, _ in troubles(hall.mailbox)] == ["clone"]


def test_a_clone_within_one_batch_is_seen_too(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, make_fact(1))
    kiosk.publish(EVENT, make_fact(1, body={"id": "checkin-other", "station": "sn10-south"}))
    hall.settle()

    assert stored(hall.mailbox) == [(1, "ok")]
    assert [kind for kind, _ in troubles(hall.mailbox)] == ["clone"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"v":1,"stream":"streamAAAA","seq":1,"at":null,', "not JSON"),
        (b'{"v":1,"stream":"streamAAAA","seq":1,"words":"' + b"x" * 9000 + b'"}', "larger than 8192 bytes"),
        (b'{"v":9,"stream":"streamAAAA","seq":1}', "unknown version"),
    ],
)
def test_a_broken_fact_is_parked_under_its_key_and_the_lane_goes_on(
    hall: Any, make_fact: Any, payload: bytes, reason: str
) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, payload)
    kiosk.publish(EVENT, make_fact(2))
    hall.settle()

    assert stored(hall.mailbox) == [(1, "parked"), (2, "ok")]
    assert heard.payloads(ACK)[-1]["upto"] == 2
    assert troubles(hall.mailbox)[0][1].startswith(reason)


def test_a_fact_of_an_unknown_kind_is_parked_with_everything_it_said(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, make_fact(1, kind="weather", body={"snow": True}))
    hall.settle()

    (fact,) = hall.mailbox.parked()
    assert (fact.kind, fact.body, fact.reason) == ("weather", {"snow": True}, "unknown kind 'weather'")
    assert heard.payloads(ACK)[-1]["upto"] == 1


def test_what_has_no_readable_key_is_named_and_stops_nobody(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, b"\xff\xfe\x00")
    kiosk.publish("cxz/1/kiosk-01/up/nonsense", b"{}")
    kiosk.publish(EVENT, make_fact(1))
    hall.settle()

    assert stored(hall.mailbox) == [(1, "ok")]
    assert [kind for kind, _ in troubles(hall.mailbox)] == ["parked", "parked"]


def test_a_control_character_never_reaches_the_troubles(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, b"\x1b[31mred\x00\n")
    hall.settle()

    (row,) = hall.mailbox.troubles()
    assert row["payload"] == "\ufffd[31mred\ufffd\ufffd"


def test_a_gap_closes_the_hole_and_names_what_is_missing(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, make_fact(1))
    kiosk.publish(EVENT, make_fact(5, kind="gap", body={"first": 2, "last": 4}))
    hall.settle()

    assert heard.payloads(ACK)[-1]["upto"] == 5
    assert troubles(hall.mailbox) == [("gap", f"the kiosk dropped fact 2–4 of the stream {STREAM}")]


def test_a_fact_given_up_as_lost_is_still_stored_when_it_comes(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    kiosk.publish(EVENT, make_fact(2, kind="gap", body={"first": 1, "last": 1}))
    hall.settle()

    for _ in range(2):
        kiosk.publish(EVENT, make_fact(1))
        hall.settle()

    assert stored(hall.mailbox) == [(2, "ok"), (1, "ok")]


def test_a_birth_says_from_where_the_stream_goes_on_and_the_rest_is_named(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    birth = Birth("nonce-1", "boot-1", "0.1", (StreamHead(Lane.EVENT, STREAM, 4, 9),))

    kiosk.publish("cxz/1/kiosk-01/up/birth", birth.encode())
    kiosk.publish(EVENT, make_fact(4))
    hall.settle()

    assert heard.payloads(ACK)[-1]["upto"] == 4
    assert [kind for kind, _ in troubles(hall.mailbox)] == ["gap"]
    status = hall.mailbox.kiosk("kiosk-01")
    assert status is not None and status.birth is not None and status.birth["software"] == "0.1"


def test_a_birth_is_answered_only_as_far_as_the_kiosk_has_forgotten_already(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    for seq in (1, 2, 3):
        kiosk.publish(EVENT, make_fact(seq))
    hall.settle()
    heard.messages.clear()

    birth = Birth("nonce-1", "boot-1", "0.1", (StreamHead(Lane.EVENT, STREAM, 2, 3),))
    kiosk.publish("cxz/1/kiosk-01/up/birth", birth.encode())
    hall.settle()
    kiosk.publish(EVENT, make_fact(2))
    hall.settle()
    kiosk.publish(EVENT, make_fact(3))
    hall.settle()

    assert [ack["upto"] for ack in heard.payloads(ACK)] == [1, 2, 3]


def test_a_stream_full_of_holes_is_refused_not_remembered(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")

    for number in range(600):
        kiosk.publish(EVENT, make_fact(2 * number + 2))
    hall.settle()

    assert len(hall.mailbox.facts_after(0, 1000)) == 512
    assert heard.payloads(ACK)[-1]["upto"] == 0
    assert {kind for kind, _ in troubles(hall.mailbox)} == {"refused"}


def life_of(hall: Any) -> str:
    status = hall.mailbox.kiosk("kiosk-01")
    assert status is not None
    return str(status.life)


def say(hall: Any, kiosk: Any, life: Life, nonce: str) -> None:
    kiosk.publish("cxz/1/kiosk-01/up/state", State(life, nonce, 1, 3).encode(), retain=True)
    hall.settle()


def test_a_late_death_does_not_bury_a_newer_birth(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    say(hall, kiosk, Life.READY, "session-1")
    say(hall, kiosk, Life.READY, "session-2")
    say(hall, kiosk, Life.LOST, "session-1")

    assert life_of(hall) == "ready"


def test_the_current_sessions_will_is_believed(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    say(hall, kiosk, Life.READY, "session-1")

    say(hall, kiosk, Life.LOST, "session-1")

    assert life_of(hall) == "lost"


def test_a_kiosk_silent_for_three_heartbeats_is_lost_and_its_next_word_revives_it(
    hall: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("gateway.ingest.time.monotonic", lambda: clock[0])
    kiosk, _ = hall.kiosk("kiosk-01")
    hall.connected()
    say(hall, kiosk, Life.READY, "session-1")

    clock[0] += SILENT_S - 1
    hall.settle()
    before = life_of(hall)
    clock[0] += 3
    hall.settle()
    silent = life_of(hall)
    say(hall, kiosk, Life.READY, "session-1")

    assert (before, silent, life_of(hall)) == ("ready", "lost", "ready")


def test_a_deaf_gateway_declares_nobody_lost(hall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("gateway.ingest.time.monotonic", lambda: clock[0])
    kiosk, _ = hall.kiosk("kiosk-01")
    say(hall, kiosk, Life.READY, "session-1")

    hall.disconnected("connection lost")
    clock[0] += 10 * SILENT_S
    hall.ingest.step()
    hall.connected()
    hall.ingest.step()

    assert life_of(hall) == "ready"


def test_a_retained_state_is_no_sign_of_life_of_a_kiosk_declared_lost(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    say(hall, kiosk, Life.READY, "session-1")
    hall.mailbox.heard("kiosk-01", "lost", None, 0, 5)

    hall.die()
    hall.open()
    hall.settle()

    assert life_of(hall) == "lost"


def test_a_reported_state_is_kept(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    kiosk.publish("cxz/1/kiosk-01/up/reported", Reported(7, "0.1").encode(), retain=True)
    hall.settle()

    status = hall.mailbox.kiosk("kiosk-01")
    assert status is not None and status.reported is not None and status.reported["version"] == 7


def test_what_the_broker_denied_is_written_down_once_a_flood_is_only_counted(hall: Any) -> None:
    for number in range(500):
        hall.ingest.refused("kiosk-02", f"cxz/1/kiosk-01/up/{number}", "not this kiosk's topic")

    hall.ingest._next_round = 0.0
    hall.ingest.step()

    assert len(hall.mailbox.troubles(1000)) == 17


def test_nothing_is_acknowledged_while_the_disk_refuses(
    hall: Any, make_fact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    commit, left = hall.mailbox.commit, [2]
    seen_acks = []

    def refuse(batch: Batch) -> None:
        seen_acks.append(len(heard.payloads(ACK)))
        if left[0]:
            left[0] -= 1
            raise sqlite3.OperationalError("database or disk is full")
        commit(batch)

    monkeypatch.setattr(hall.mailbox, "commit", refuse)
    kiosk.publish(EVENT, make_fact(1))
    hall.settle()

    assert seen_acks == [0, 0, 0]
    assert stored(hall.mailbox) == [(1, "ok")]
    assert heard.payloads(ACK)[-1]["upto"] == 1


def test_a_batch_that_could_not_be_read_up_is_tried_again_on_the_same_connection(
    hall: Any, make_fact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    reader, left = hall.mailbox.reader, [1]

    def unreadable(kiosk: str, stream: str) -> Any:
        if left[0]:
            left[0] -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return reader(kiosk, stream)

    monkeypatch.setattr(hall.mailbox, "reader", unreadable)
    kiosk.publish(EVENT, make_fact(1))
    with pytest.raises(sqlite3.OperationalError):
        hall.settle()
    confirmed_too_early = heard.payloads(ACK)
    hall.settle()

    assert confirmed_too_early == []
    assert stored(hall.mailbox) == [(1, "ok")]
    assert heard.payloads(ACK)[-1]["upto"] == 1
    assert hall.mailbox.troubles() == []


def test_kiosks_heard_of_while_the_disk_refused_are_not_called_silent(
    hall: Any, make_fact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("gateway.ingest.time.monotonic", lambda: clock[0])
    kiosk, _ = hall.kiosk("kiosk-01")
    hall.connected()
    say(hall, kiosk, Life.READY, "session-1")
    commit, left = hall.mailbox.commit, [1]

    def late(batch: Batch) -> None:
        if left[0]:
            left[0] -= 1
            clock[0] += 10 * SILENT_S
            raise sqlite3.OperationalError("database is locked")
        commit(batch)

    monkeypatch.setattr(hall.mailbox, "commit", late)
    hall.kiosk("kiosk-02")[0].publish("cxz/1/kiosk-02/up/facts/event", make_fact(1))
    hall.settle()

    assert life_of(hall) == "ready"


def test_a_gateway_told_to_stop_while_the_disk_refuses_leaves_everything_to_come_again(
    hall: Any, make_fact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    monkeypatch.setattr(hall.mailbox, "commit", lambda _: (_ for _ in ()).throw(sqlite3.OperationalError("full")))
    kiosk.publish(EVENT, make_fact(1))
    hall.broker.settle()

    hall.ingest.stop()
    hall.ingest.step()
    hall.die()
    hall.open()
    hall.settle()

    assert stored(hall.mailbox) == [(1, "ok")]
    assert heard.payloads(ACK)[-1]["upto"] == 1


def test_one_message_that_cannot_be_stored_is_parked_and_its_neighbours_are_not(
    hall: Any, make_fact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    commit = hall.mailbox.commit

    def choke(batch: Batch) -> None:
        if any(fact.seq == 3 and fact.state == "ok" for fact in batch.facts):
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        commit(batch)

    monkeypatch.setattr(hall.mailbox, "commit", choke)
    kiosk.publish(EVENT, make_fact(1))
    hall.settle()
    for seq in (2, 3, 4):
        kiosk.publish(EVENT, make_fact(seq))
    hall.settle()

    assert stored(hall.mailbox) == [(1, "ok"), (2, "ok"), (3, "parked"), (4, "ok")]
    assert hall.mailbox.reader("kiosk-01", STREAM).upto == 4
    assert [ack["upto"] for ack in heard.payloads(ACK)] == [1, 2, 3, 4]


def test_a_restarted_gateway_knows_how_far_it_had_read(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    for seq in (1, 2, 4):
        kiosk.publish(EVENT, make_fact(seq))
    hall.settle()

    hall.die()
    hall.open()
    hall.settle()
    kiosk.publish(EVENT, make_fact(3))
    hall.settle()

    assert heard.payloads(ACK)[-1]["upto"] == 4
    assert [seq for seq, _ in stored(hall.mailbox)] == [1, 2, 4, 3]


def test_the_thread_works_off_what_is_received(hall: Any, make_fact: Any, wait_until: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    ingest: Ingest = hall.ingest

    ingest.start()
    kiosk.publish(EVENT, make_fact(1))
    hall.broker.settle()
    wait_until(lambda: stored(hall.mailbox))
    ingest.stop()

    assert stored(hall.mailbox) == [(1, "ok")]


def test_unknown_fields_of_a_newer_kiosk_are_kept(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    newer = json.loads(make_fact(1)) | {"mood": "good"}

    kiosk.publish(EVENT, json.dumps(newer).encode())
    hall.settle()

    assert hall.mailbox.facts_after(0)[0].more == {"mood": "good"}
