"""Copied cards, two machines under one name, bad lines, bad clocks, floods, and what the mailbox lets go of."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.life import Birth, Life, State
from gateway.floods import LINE, Floods
from gateway.ingest import Ingest
from gateway.keeping import DAY_MS, Keeper, Keeping
from gateway.mailbox import Mailbox
from gateway.sessions import FLAPS, flapping
from gateway.sorting import PROMPT_S, SETTLED_S
from gateway.wire.memory import MemoryWire
from kiosk.agent import Agent
from kiosk.agent.credentials import Credentials

EVENT = "cxz/1/kiosk-01/up/facts/event"
SOS = "cxz/1/kiosk-01/up/facts/sos"
BIRTH = "cxz/1/kiosk-01/up/birth"
ACK = "cxz/1/kiosk-01/down/ack"
NOW = 1_795_359_600_000


def troubles(mailbox: Mailbox) -> dict[str, int]:
    return {row["kind"]: row["times"] for row in mailbox.troubles()}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The gateway's monotonic seconds, and its wall clock with them."""
    seconds = [1000.0]
    monkeypatch.setattr("gateway.ingest.time.monotonic", lambda: seconds[0])
    monkeypatch.setattr("gateway.ingest.time.time_ns", lambda: NOW * 1_000_000 + int(seconds[0] * 1e9))
    return seconds


def be_born(hall: Any, kiosk: Any, boot: str, nonce: str, mono: int | None = None) -> None:
    kiosk.publish(BIRTH, Birth(nonce, boot, "0.1", (), mono=mono).encode())
    hall.settle()


class Box:
    """A real kiosk's agent on the hall's broker; its disk can be copied and put back."""

    def __init__(self, hall: Any, folder: Path) -> None:
        self.hall, self.folder = hall, folder
        folder.mkdir(exist_ok=True)
        self.wire: MemoryWire
        self.start()

    def start(self) -> None:
        credentials = Credentials(
            kiosk="kiosk-01", password="secret", station="sn10-north", presence_key="ab" * 32,
            public_url="https://cxz.example", name="北门站", community="淞南十村", duty_phone="",
        )  # fmt: skip
        self.agent = Agent(credentials, self.folder, self._connect)
        self.agent.link.open()

    def _connect(self, will: Any) -> MemoryWire:
        self.wire = self.hall.broker.client("kiosk-01", ["cxz/1/kiosk-01/down/#", "cxz/1/gateway/state"], will=will)
        return self.wire

    def settle(self) -> None:
        for _ in range(40):
            self.hall.settle()
            self.agent.link.turn()

    def stop(self) -> None:
        self.wire.kill()
        self.agent.outbox.close()


def test_a_kiosk_restored_from_an_old_image_begins_a_new_stream_and_loses_nothing(hall: Any, tmp_path: Path) -> None:
    box = Box(hall, tmp_path / "kiosk")
    said = [box.agent.check_in().id for _ in range(3)]
    box.settle()
    box.stop()
    shutil.copytree(box.folder, tmp_path / "image")
    box.start()
    said += [box.agent.check_in().id for _ in range(30)]
    box.settle()
    box.stop()

    shutil.rmtree(box.folder)
    shutil.copytree(tmp_path / "image", box.folder)
    box.start()
    said += [box.agent.check_in().id for _ in range(40)]
    box.settle()
    said += [box.agent.check_in().id]
    box.settle()
    left = box.agent.outbox.backlog()
    box.stop()

    stored = [fact.body["id"] for fact in hall.mailbox.facts_after(0, 1000) if fact.kind == "checkin"]
    assert sorted(stored) == sorted(said)
    assert left == 0
    assert list(troubles(hall.mailbox)) == ["clone"]


def test_an_ack_goes_no_further_than_what_was_sent_again(hall: Any, make_fact: Any) -> None:
    kiosk, heard = hall.kiosk("kiosk-01")
    for seq in range(1, 11):
        kiosk.publish(EVENT, make_fact(seq))
    hall.settle()
    heard.messages.clear()

    kiosk.publish(EVENT, make_fact(4))
    hall.settle()
    kiosk.publish(EVENT, make_fact(5, body={"id": "of-an-old-copy", "station": "sn10-north"}))
    hall.settle()

    acks = heard.payloads(ACK)
    assert [(ack["upto"], ack.get("fork", False)) for ack in acks] == [(4, False), (0, True)]


def test_the_same_fact_written_in_other_bytes_is_a_repeat(hall: Any, make_fact: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    kiosk.publish(EVENT, make_fact(1))
    hall.settle()

    kiosk.publish(EVENT, json.dumps(json.loads(make_fact(1)), indent=2, sort_keys=True).encode())
    hall.settle()

    assert len(hall.mailbox.facts_after(0)) == 1
    assert hall.mailbox.troubles() == []


def test_two_machines_that_connect_in_turn_raise_one_alarm(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    for number, boot in enumerate(("boot-a", "boot-b", "boot-a", "boot-b")):
        be_born(hall, kiosk, boot, f"nonce-{number}")

    assert troubles(hall.mailbox) == {"clone": 2}


def test_restarts_and_births_that_come_again_are_no_second_machine(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    for boot, nonce in (("a", "nonce-1"), ("a", "nonce-2"), ("b", "nonce-3"), ("a", "nonce-1"), ("b", "nonce-3")):
        be_born(hall, kiosk, boot, nonce)
    hall.die()
    hall.open()
    be_born(hall, kiosk, "a", "nonce-2")

    assert hall.mailbox.troubles() == []


def test_a_line_that_comes_and_goes_is_one_notice_with_a_count(hall: Any, clock: list[float]) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    hall.connected()
    clock[0] += SETTLED_S + 1

    for number in range(20):
        clock[0] += 5
        be_born(hall, kiosk, "boot-1", f"nonce-{number}")

    assert troubles(hall.mailbox) == {"flapping": 20 - FLAPS + 1}
    status = hall.mailbox.kiosk("kiosk-01")
    now = NOW + int(clock[0] * 1000)
    assert flapping(status.sessions, now) and not flapping(status.sessions, now + 3_600_000)


def test_a_broker_that_restarts_again_and_again_makes_no_kiosk_flap(hall: Any, clock: list[float]) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    for number in range(20):
        clock[0] += 300
        hall.connected()
        clock[0] += 10
        be_born(hall, kiosk, "boot-1", f"nonce-{number}")

    assert hall.mailbox.troubles() == []


def dated(make_fact: Any, seq: int, **more: Any) -> bytes:
    return json.dumps(json.loads(make_fact(seq)) | more).encode()


def test_a_clock_that_knew_nothing_is_dated_by_the_birth_of_its_boot(
    hall: Any, make_fact: Any, clock: list[float]
) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    hall.connected()
    clock[0] += PROMPT_S + 1
    now = NOW + int(clock[0] * 1000)
    three_days = 3 * DAY_MS

    be_born(hall, kiosk, "boot-1", "nonce-1", mono=three_days)
    kiosk.publish(EVENT, dated(make_fact, 1, at=None, clock="none", mono=0))
    kiosk.publish(EVENT, dated(make_fact, 2, at=1_672_531_200_000, clock="rtc", mono=three_days - 500))
    kiosk.publish(EVENT, dated(make_fact, 3, at=None, clock="none", boot="boot-0", mono=5))
    hall.settle()

    found = [(fact.happened, fact.spread) for fact in hall.mailbox.facts_after(0)]
    assert found == [(now - three_days, 27_920), (now - 500, 2_000), (now, None)]


def test_a_later_fact_under_a_good_clock_dates_the_earlier_ones_of_its_boot(
    hall: Any, make_fact: Any, clock: list[float]
) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")

    kiosk.publish(EVENT, dated(make_fact, 1, at=None, clock="none", mono=1_000))
    kiosk.publish(EVENT, dated(make_fact, 2, at=NOW - 60_000, clock="ntp", mono=61_000))
    kiosk.publish(EVENT, dated(make_fact, 3, at=NOW + 10 * DAY_MS, clock="ntp", mono=62_000))
    hall.settle()
    hall.die()
    hall.open()
    kiosk.publish(EVENT, dated(make_fact, 4, at=None, clock="none", mono=63_000))
    hall.settle()

    found = [(fact.happened, fact.spread) for fact in hall.mailbox.facts_after(0)]
    assert found == [(NOW - 120_000, 1_006), (NOW - 60_000, 1_000), (NOW - 59_000, 1_000), (NOW - 58_000, 1_000)]


def test_a_flood_waits_and_is_then_shed_while_alarms_and_others_pass(hall: Any, make_fact: Any) -> None:
    seconds = [0.0]
    floods = Floods(burst=10, per_s=1, now=lambda: seconds[0])
    hall.ingest = Ingest(hall.mailbox, hall.wire, floods)
    flooder, heard = hall.kiosk("kiosk-01")
    neighbour, _ = hall.kiosk("kiosk-02")

    for seq in range(1, 701):
        flooder.publish(EVENT, make_fact(seq))
    flooder.publish(SOS, make_fact(1, stream="streamSOS1", kind="sos"))
    neighbour.publish("cxz/1/kiosk-02/up/facts/event", make_fact(1, stream="streamBBBB"))
    hall.settle()
    taken = [(fact.kiosk, fact.lane) for fact in hall.mailbox.facts_after(0, 1000)]
    confirmed = max(ack["upto"] for ack in heard.payloads(ACK) if ack["stream"] == "streamAAAA")
    seconds[0] += 5
    hall.settle()
    hall.ingest._next_round = 0.0
    hall.settle()

    assert taken.count(("kiosk-01", "event")) == confirmed == 10
    assert taken[0] == ("kiosk-01", "sos") and ("kiosk-02", "event") in taken
    assert len(hall.mailbox.facts_after(0, 1000)) == len(taken) + 5
    assert troubles(hall.mailbox) == {"flood": 1}
    assert 700 - 10 - LINE > 0


def test_an_honest_kiosk_over_its_limit_only_waits(hall: Any, make_fact: Any) -> None:
    seconds = [0.0]
    hall.ingest = Ingest(hall.mailbox, hall.wire, Floods(burst=10, per_s=10, now=lambda: seconds[0]))
    kiosk, heard = hall.kiosk("kiosk-01")

    for seq in range(1, 65):
        kiosk.publish(EVENT, make_fact(seq))
    for _ in range(10):
        seconds[0] += 1
        hall.settle()

    assert heard.payloads(ACK)[-1]["upto"] == 64
    assert hall.mailbox.troubles() == []


@pytest.fixture
def kept(hall: Any, make_fact: Any, clock: list[float]) -> Callable[[], list[int]]:
    """Ten old facts of one stream; the numbers that are still there."""
    kiosk, _ = hall.kiosk("kiosk-01")
    for seq in range(1, 11):
        kiosk.publish(EVENT, make_fact(seq))
    hall.settle()
    return lambda: [fact.seq for fact in hall.mailbox.facts_after(0, 1000)]


def test_what_nobody_has_read_is_never_deleted(hall: Any, kept: Callable[[], list[int]]) -> None:
    keeper = Keeper(hall.mailbox, Keeping(facts_days=1))

    keeper.round(NOW + 400 * DAY_MS)
    untold = kept()
    hall.mailbox.read_to("server", 4)
    keeper.round(NOW + 400 * DAY_MS)

    assert untold == list(range(1, 11))
    assert kept() == list(range(5, 11))


def test_the_newest_of_a_stream_and_what_is_young_stay(hall: Any, kept: Callable[[], list[int]]) -> None:
    keeper = Keeper(hall.mailbox, Keeping(facts_days=30))
    hall.mailbox.read_to("server", 10)

    keeper.round(NOW + 29 * DAY_MS)
    young = kept()
    keeper.round(NOW + 40 * DAY_MS)

    assert young == list(range(1, 11))
    assert kept() == [10]
    assert hall.mailbox.reader("kiosk-01", "streamAAAA").upto == 10


def test_troubles_are_bounded(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    for number in range(150):
        kiosk.publish(EVENT, f"nonsense {number}".encode())
    hall.settle()

    Keeper(hall.mailbox, Keeping(troubles=100)).round(NOW)

    left = hall.mailbox.troubles(1000)
    assert len(left) == 100
    assert left[0]["payload"] == "nonsense 149"


def test_a_word_of_life_keeps_what_is_known_of_the_sessions(hall: Any) -> None:
    kiosk, _ = hall.kiosk("kiosk-01")
    be_born(hall, kiosk, "boot-1", "nonce-1")

    kiosk.publish("cxz/1/kiosk-01/up/state", State(Life.READY, "nonce-1").encode(), retain=True)
    hall.settle()

    status = hall.mailbox.kiosk("kiosk-01")
    assert (status.life, [one.nonce for one in status.sessions]) == ("ready", ["nonce-1"])
