"""One action for one id, whatever happens in between, and an answer that is true."""

import sqlite3
from typing import Any

import pytest

from gateway.contract.commands import INTERRUPTED, Command
from gateway.contract.topics import Channel, Lane, Topic
from gateway.wire import Message
from kiosk.agent.commands import Ear
from kiosk.agent.commands.ledger import MOST_ANSWERS, MOST_WAITING


def test_a_command_is_accepted_and_done_once(kiosk: Any) -> None:
    kiosk.order()

    assert kiosk.states() == ["accepted", "done"]
    assert kiosk.box.opened == ["command-0001"]


def test_a_repeat_is_answered_and_not_done_even_when_late(kiosk: Any) -> None:
    kiosk.order(expires=kiosk.now + 60_000)

    kiosk.now += 3_600_000
    kiosk.order(expires=kiosk.now - 3_540_000)

    assert kiosk.states() == ["accepted", "done", "done"]
    assert kiosk.box.opened == ["command-0001"]


def test_a_command_after_its_time_is_not_done(kiosk: Any) -> None:
    kiosk.order(expires=kiosk.now)

    assert (kiosk.states(), kiosk.box.opened) == (["expired"], [])


def test_a_command_that_waited_behind_others_until_its_time_ran_out_is_not_done(kiosk: Any) -> None:
    kiosk.hear()
    kiosk.now += 60_000

    kiosk.act()

    assert (kiosk.states(), kiosk.box.opened) == (["accepted", "failed"], [])


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("open_door", {}, "unknown command"),
        ("open_box", {"box": 1}, "unknown argument"),
        ("open_box", {"device": "aid-2"}, "no such device here"),
        ("dispense_raincoat", {}, "no such device here"),
        ("switch_port", {"port": 1, "on": "yes"}, "on is not true or false"),
        ("take_screenshot", {"of": "the street"}, "unknown argument"),
    ],
)
def test_what_cannot_be_done_fails_with_its_reason(kiosk: Any, name: str, args: dict[str, Any], reason: str) -> None:
    kiosk.order(name, args=args)

    (answer,) = kiosk.answers()
    assert answer["state"] == "failed"
    assert reason in answer["reason"]


def test_the_device_says_why_it_did_not(kiosk: Any) -> None:
    kiosk.box.why = "jam"

    kiosk.order()

    assert kiosk.answers()[-1]["reason"] == "jam"


def test_switched_off_hands_and_an_unplugged_box_are_told(kiosk: Any) -> None:
    kiosk.dials["remote_hands"] = 0
    kiosk.order(command="command-0001")
    kiosk.dials["remote_hands"] = 1
    kiosk.box.plugged = False
    kiosk.order(command="command-0002")

    assert kiosk.answers("command-0001")[0]["reason"] == "remote hands are switched off here"
    assert kiosk.answers("command-0002")[0]["reason"] == "the device does not answer"


def test_power_cut_before_acting_never_acts_later(kiosk: Any) -> None:
    kiosk.hear()

    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())
    kiosk.order()

    assert kiosk.box.opened == []
    assert kiosk.answers()[1]["reason"] == INTERRUPTED
    assert kiosk.states() == ["accepted", "failed", "failed"]


def test_power_cut_between_acting_and_answering_is_answered_from_the_devices_memory(kiosk: Any) -> None:
    kiosk.hear()
    kiosk.box.send("aid-1", "unlock", {}, command="command-0001")

    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())

    assert kiosk.states() == ["accepted", "done"]
    assert kiosk.box.opened == ["command-0001"]


def test_power_cut_of_kiosk_and_device_is_answered_truthfully(kiosk: Any) -> None:
    kiosk.hear()
    kiosk.box.send("aid-1", "unlock", {}, command="command-0001")

    kiosk.box.known.clear()
    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())

    assert kiosk.answers()[-1]["reason"] == INTERRUPTED
    assert kiosk.box.opened == ["command-0001"]


def test_a_device_that_fell_silent_may_have_acted(kiosk: Any) -> None:
    kiosk.box.deaf = True

    kiosk.order()

    assert kiosk.answers()[-1] | {"name": ""} == {
        "id": "command-0001", "state": "failed", "reason": INTERRUPTED, "name": ""
    }  # fmt: skip


def test_an_orderly_end_in_the_middle_leaves_the_answer_to_the_next_start(kiosk: Any) -> None:
    kiosk.box.deaf = True
    kiosk.hear()
    original = kiosk.box.send
    kiosk.box.send = lambda *a, **k: (kiosk.ledger.cease(), original(*a, **k))[1]
    kiosk.act()

    kiosk.box.send, kiosk.box.deaf = original, False
    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())

    assert kiosk.states() == ["accepted", "done"]


def test_a_restart_is_done_once_it_has_happened(kiosk: Any) -> None:
    kiosk.order("restart")
    before = kiosk.states()

    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())
    kiosk.order("restart")

    assert before == ["accepted"]
    assert kiosk.states() == ["accepted", "done", "done"]
    assert kiosk.restarts == ["again"]


def test_an_interrupted_message_is_shown_after_the_power_cut_unless_it_is_too_late(kiosk: Any) -> None:
    kiosk.hear("show_message", "command-soon", args={"text": "十点关门"})
    kiosk.die()
    kiosk.ledger.resume(kiosk.ledger.unfinished())
    shown = [one.text for one in kiosk.deeds.messages()]

    kiosk.hear("show_message", "command-late", args={"text": "十点关门"})
    kiosk.die()
    kiosk.now += 3_600_000
    kiosk.ledger.resume(kiosk.ledger.unfinished())

    assert (shown, kiosk.deeds.messages()) == (["十点关门"], ())
    assert (kiosk.states("command-soon")[-1], kiosk.states("command-late")[-1]) == ("done", "failed")


def test_a_message_stands_on_the_screen_until_its_time_is_over(kiosk: Any) -> None:
    kiosk.order("show_message", args={"text": "十点关门", "seconds": 60})

    shown = kiosk.deeds.messages()
    kiosk.now += 60_000

    assert [one.text for one in shown] == ["十点关门"]
    assert kiosk.deeds.messages() == ()


def test_a_log_that_cannot_be_uploaded_comes_in_the_answer_bounded_and_redacted(kiosk: Any) -> None:
    tail = kiosk.deeds._tail
    for number in range(2000):
        tail.write(f"line={number} phone=13812345678 password=hunter2 key={'ab' * 32} 站\x1b[31m\n")

    kiosk.order("collect_logs", args={"lines": 500})

    text = kiosk.answers()[-1]["text"]
    assert kiosk.states()[-1] == "done"
    assert "line=1999" in text and len(text.encode()) <= 4000
    assert "138****5678" in text
    assert not any(secret in text for secret in ("13812345678", "hunter2", "abab", "\x1b"))


def test_without_a_browser_there_is_honestly_no_picture(kiosk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    kiosk.order("take_screenshot")

    assert kiosk.answers()[-1]["reason"] == "no browser here"


def test_nothing_moves_when_the_id_cannot_be_written_down(kiosk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("kiosk.agent.commands.records.add", full)

    kiosk.order()

    assert (kiosk.states(), kiosk.box.opened) == ([], [])


def test_a_flood_of_commands_and_of_repeats_stays_bounded(kiosk: Any) -> None:
    for number in range(3 * MOST_WAITING):
        kiosk.ledger.receive(Command(f"command-{number:04d}", "open_box", kiosk.now + 60_000).encode())
    while kiosk.ledger.turn():
        pass
    kiosk.act()
    for _ in range(100):
        kiosk.order(command="command-0000")

    assert len(kiosk.box.opened) == MOST_WAITING
    assert len(kiosk.answers("command-0000")) <= MOST_ANSWERS + 1


def test_rubbish_on_the_commands_topic_is_passed_over(kiosk: Any) -> None:
    for payload in (b"", b"{", b"[]", b'{"id":"x"}', b"\xff" * 100, b"{" * 9000):
        kiosk.ledger.receive(payload)

    while kiosk.ledger.turn():
        pass
    kiosk.order()

    assert kiosk.states() == ["accepted", "done"]


def test_the_ear_takes_commands_and_leaves_the_rest_and_a_retained_one_is_no_command() -> None:
    heard: list[bytes] = []
    passed: list[str] = []

    class Listener:
        def connected(self) -> None: ...
        def disconnected(self, reason: str) -> None: ...
        def received(self, message: Message) -> None:
            passed.append(message.topic)

    class Wire:
        def start(self, listener: Any) -> None:
            self.listener = listener

    wire = Wire()
    Ear(wire, "kiosk-01", heard.append).start(Listener())  # type: ignore[arg-type]
    topic = str(Topic("kiosk-01", Channel.COMMAND))
    acked: list[int] = []

    for where, retain in ((topic, False), (topic, True), (str(Topic("kiosk-01", Channel.ACK)), False)):
        wire.listener.received(Message(where, b"{}", retain, lambda: acked.append(1)))

    assert heard == [b"{}"]
    assert passed == [str(Topic("kiosk-01", Channel.ACK))]
    assert len(acked) == 2


def test_old_commands_make_room_and_unfinished_ones_stay(kiosk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.agent.commands.records.KEPT", 3)
    kiosk.hear(command="command-open")
    for number in range(10):
        kiosk.hear("unknown", f"command-{number:04d}")
    kiosk.now += 48 * 3_600_000

    kiosk.hear("unknown", "command-last")

    with kiosk.outbox.writing() as connection:
        ids = [row[0] for row in connection.execute("select id from commands order by number")]
    assert ids == ["command-open", "command-0008", "command-0009", "command-last"]
    assert kiosk.outbox.backlog(Lane.EVENT) == 12
