"""Any order, any repeats, any losses, any deaths: every fact is stored once, and no ack runs ahead of its commit."""

import contextlib
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mailbox import Batch, Mailbox
from gateway.wire.memory import Faults, MemoryWire

FACTS = 12
EVENT = "cxz/1/kiosk-01/up/facts/event"
ACK = "cxz/1/kiosk-01/down/ack"


class Killed(BaseException):
    """SIGKILL in the middle of a batch."""


class Outbox:
    """The smallest true kiosk: it sends all it has not seen confirmed, and forgets only on an ack."""

    def __init__(self, wire: MemoryWire, heard: Any, make_fact: Callable[..., bytes], chance: random.Random) -> None:
        self.wire, self.heard, self.make_fact, self.chance = wire, heard, make_fact, chance

    @property
    def confirmed(self) -> int:
        return max((ack["upto"] for ack in self.heard.payloads(ACK)), default=0)

    def send(self) -> None:
        waiting = list(range(self.confirmed + 1, FACTS + 1))
        self.chance.shuffle(waiting)
        for seq in waiting:
            self.wire.publish(EVENT, self.make_fact(seq))


def watch_acks(hall: Any) -> None:
    """An ack that leaves the gateway must be covered by what another process can already read."""
    publish = hall.wire.publish

    def checked(topic: str, payload: bytes, *, retain: bool = False) -> bool:
        if topic == ACK:
            other = Mailbox(hall.path)
            committed = {fact.seq for fact in other.facts_after(0, 1000)}
            other.close()
            assert set(range(1, json.loads(payload)["upto"] + 1)) <= committed
        return bool(publish(topic, payload, retain=retain))

    hall.wire.publish = checked


def kill_during_commit(hall: Any, *, after: bool) -> None:
    commit = hall.mailbox.commit

    def killed(batch: Batch) -> None:
        if after:
            commit(batch)
        raise Killed

    hall.mailbox.commit = killed
    with contextlib.suppress(Killed):
        hall.settle()
    hall.die()
    hall.open()
    watch_acks(hall)


def act(hall: Any, deed: str, outbox: Outbox) -> None:
    match deed:
        case "send":
            outbox.send()
        case "round":
            hall.broker.deliver()
            hall.ingest.step()
        case "cut the kiosk":
            hall.broker.cut("kiosk-01")
        case "cut the gateway":
            hall.broker.cut("gateway")
        case "killed before the commit":
            kill_during_commit(hall, after=False)
        case "killed after the commit":
            kill_during_commit(hall, after=True)
        case "the broker restarts":
            hall.broker.restart()
        case "the broker forgets":
            hall.broker.restart(keep=False)


DEEDS = (
    "send", "round", "cut the kiosk", "cut the gateway", "killed before the commit", "killed after the commit",
    "the broker restarts", "the broker forgets",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    deeds=st.lists(st.sampled_from(DEEDS), max_size=25),
    seed=st.integers(0, 2**32),
    lose=st.sampled_from([0.0, 0.2, 0.6]),
    duplicate=st.sampled_from([0.0, 0.3]),
    reorder=st.booleans(),
)
def run_story(
    a_hall: Any, make_fact: Any, deeds: list[str], seed: int, lose: float, duplicate: float, reorder: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hall = a_hall(Path(folder))
        watch_acks(hall)
        outbox = Outbox(*hall.kiosk("kiosk-01"), make_fact, random.Random(seed))
        hall.broker.faults = Faults(lose=lose, duplicate=duplicate, reorder=reorder)

        for deed in deeds:
            act(hall, deed, outbox)
        hall.broker.faults = Faults()
        hall.settle()
        outbox.send()
        hall.settle()

        facts = hall.mailbox.facts_after(0, 1000)
        hall.mailbox.close()
        assert sorted(fact.seq for fact in facts) == list(range(1, FACTS + 1))
        assert outbox.confirmed == FACTS


def test_every_fact_is_stored_once_and_no_ack_runs_ahead(a_hall: Any, make_fact: Any) -> None:
    run_story(a_hall, make_fact)
