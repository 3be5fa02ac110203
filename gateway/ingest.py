"""What kiosks send: verify → mailbox → PUBACK → `down/ack`, in batches. `process.py` gives it the wire's messages.

Nothing is acknowledged before its commit. What cannot be understood is parked, with its reason and in the same
transaction, and counts as consumed, so that poison never blocks a lane.
"""

import queue
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import structlog

from gateway.contract.life import HEARTBEAT_S, Life
from gateway.contract.streams import Ack
from gateway.contract.topics import Channel, Topic
from gateway.entries import Batch, Sign, Trouble
from gateway.floods import Floods
from gateway.mailbox import Mailbox
from gateway.recall import Recall
from gateway.sorting import Known, Sorting, trouble
from gateway.wire import Message, Wire

BATCH = 200
GATHER_S = 0.004
MAX_WAITING = 20_000
"""Messages held in memory; what comes on top stays unacknowledged, the broker and the kiosk keep it."""
_SOS = f"/{Channel.SOS}"
SILENT_S = 3 * HEARTBEAT_S
ROUNDS_S = 1.0
MAX_REFUSED = 16
"""Different refusals written down in one second; a flood of more is only counted."""

log = structlog.get_logger("ingest")


class Ingest:
    """One thread between the wire and the mailbox; it is the only one that writes facts.

    `connected`, `disconnected`, `received` and `refused` may be called from any thread and return at once.
    """

    def __init__(self, mailbox: Mailbox, wire: Wire, floods: Floods | None = None) -> None:
        self._mailbox = mailbox
        self._wire = wire
        self._floods = floods or Floods()
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._waiting: deque[Message] = deque()
        self._held: list[Message] = []
        self._recall = Recall(mailbox)
        self._known = {one.kiosk: Known(one.life, one.nonce, one.backlog, one.sessions) for one in mailbox.kiosks()}
        self._heard_at: dict[str, float] = {}
        self._listening_since: float | None = None
        self._refused: Counter[tuple[str, str, str]] = Counter()
        self._refused_lock = threading.Lock()
        self._next_round = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work off what is received."""
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch at hand; what still waits is unacknowledged and comes again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def connected(self) -> None:
        """From now on silence is the kiosks', not ours."""
        self._listening_since = time.monotonic()

    def disconnected(self, _reason: str) -> None:
        """A deaf gateway declares nobody lost."""
        self._listening_since = None

    def received(self, message: Message) -> None:
        """Take a message over."""
        if self._queue.qsize() + len(self._waiting) < MAX_WAITING:
            self._queue.put(message)

    def refused(self, kiosk: str, topic: str, reason: str) -> None:
        """The broker denied something."""
        with self._refused_lock:
            if (kiosk, topic, reason) in self._refused or len(self._refused) < MAX_REFUSED:
                self._refused[kiosk, topic, reason] += 1
            else:
                self._refused["", "", "and more, too many to write down"] += 1

    def step(self, patience: float = 0.0) -> int:
        """One batch in the caller's thread, waiting `patience` seconds for a first message; how many there were."""
        # A batch that failed is tried again: unacknowledged it would fill the broker's window until a reconnect.
        messages = self._held = self._held or self._gather(patience)
        if messages:
            self._take(messages)
            self._held = []
        now = time.monotonic()
        if now >= self._next_round:
            self._next_round = now + ROUNDS_S
            self._round(now)
        return len(messages)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.step(0.25)
            except Exception:
                log.exception("a batch failed; nothing of it is acknowledged, it is tried again")
                self._stopping.wait(1.0)

    def _gather(self, patience: float) -> list[Message]:
        """The next batch: alarms first, then whose turn has come in the lines of a flood, then in order."""
        batch: list[Message] = []
        self._look(batch, 0.0 if self._waiting else patience)
        if patience and self._waiting and not batch:
            overdue = time.monotonic() + GATHER_S
            while not batch and len(self._waiting) < BATCH and (left := overdue - time.monotonic()) > 0:
                self._look(batch, left)
        batch.extend(self._floods.due())
        while self._waiting and len(batch) < BATCH:
            message = self._waiting.popleft()
            if self._floods.admits(message):
                batch.append(message)
        return batch

    def _look(self, urgent: list[Message], patience: float) -> None:
        """Take over all that has come, waiting at most `patience` seconds for a first one; alarms apart."""
        take = self._queue.get
        try:
            message = take(timeout=patience) if patience > 0 else take(block=False)
            while True:
                (urgent if message.topic.endswith(_SOS) else self._waiting).append(message)
                message = take(block=False)
        except queue.Empty:
            pass

    def _take(self, messages: Sequence[Message], spoilt: str | None = None) -> None:
        since = self._listening_since
        stands_s = 0.0 if since is None else time.monotonic() - since
        sorting = Sorting(self._recall, self._known, _now_ms(), spoilt=spoilt, connected_s=stands_s)
        for message in messages:
            sorting.sort(message)
        sorting.finish()
        try:
            if not self._commit(sorting.batch):
                return
        except (sqlite3.Error, OverflowError, ValueError) as cause:
            # One message among them cannot be stored: alone it shows itself, and is parked.
            log.error("a batch cannot be stored", error=str(cause), messages=len(messages))
            if spoilt is not None:
                raise
            if len(messages) == 1:
                self._take(messages, f"cannot be stored: {cause}")
            else:
                for message in messages:
                    self._take([message])
            return
        self._remember(sorting)
        for message in messages:
            message.ack()
        self._confirm(sorting)
        _log_troubles(sorting.batch.troubles)

    def _commit(self, batch: Batch) -> bool:
        """True when written; False when told to stop while the store could not be written."""
        if not batch:
            return True
        delay = 0.2
        while True:
            try:
                self._mailbox.commit(batch)
            except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError):
                raise  # the batch's fault
            except sqlite3.DatabaseError as cause:  # locked, full, read-only: the kiosks keep what we do not take
                if delay == 0.2:
                    log.error("the mailbox cannot be written; nothing is acknowledged meanwhile", error=str(cause))
                if self._stopping.wait(delay):
                    return False
                delay = min(delay * 2, 5.0)
            else:
                if delay > 0.2:
                    log.info("the mailbox can be written again")
                    if self._listening_since is not None:
                        self._listening_since = time.monotonic()  # we were deaf, the kiosks were not silent
                return True

    def _remember(self, sorting: Sorting) -> None:
        self._recall.keep(sorting)
        self._known.update(sorting.known)
        now = time.monotonic()
        for kiosk in sorting.alive:
            self._heard_at[kiosk] = now

    def _confirm(self, sorting: Sorting) -> None:
        # For repeats too: the kiosk sent again because it missed the ack.
        now = _now_ms()
        for key, reader in sorting.readers.items():
            kiosk, stream = key
            forked = key in sorting.forked
            upto = 0 if forked else min(reader.upto, sorting.checked.get(key, 0))
            self._wire.publish(_ack_topic(kiosk), Ack(stream, upto, now, forked).encode())

    def _round(self, now: float) -> None:
        batch = Batch(troubles=self._drain_refused() + self._drain_shed(), signs=self._silent(now))
        if not batch.troubles and not batch.signs:
            return
        if self._commit(batch):
            _log_troubles(batch.troubles)
            for sign in batch.signs:
                log.warning("a kiosk fell silent", kiosk=sign.kiosk)
                self._known[sign.kiosk] = replace(self._known[sign.kiosk], life=sign.life)

    def _drain_refused(self) -> list[Trouble]:
        with self._refused_lock:
            counted, self._refused = self._refused, Counter()
        at = _now_ms()
        return [trouble("refused", kiosk, topic, reason, b"", at) for kiosk, topic, reason in counted]

    def _drain_shed(self) -> list[Trouble]:
        counted, self._floods.shed = self._floods.shed, Counter()
        at = _now_ms()
        reason = "it sends more than it may; what is too much is not kept and not confirmed"
        return [trouble("flood", kiosk, "", reason, b"", at) for kiosk in counted][:MAX_REFUSED]

    def _silent(self, now: float) -> list[Sign]:
        since = self._listening_since
        if since is None:
            return []
        return [
            Sign(kiosk, Life.LOST, None, known.backlog, _now_ms())
            for kiosk, known in self._known.items()
            if known.life == Life.READY and now - max(since, self._heard_at.get(kiosk, since)) > SILENT_S
        ]


def _log_troubles(troubles: Sequence[Trouble]) -> None:
    for (kind, kiosk, topic, reason), times in Counter((t.kind, t.kiosk, t.topic, t.reason) for t in troubles).items():
        log.warning(kind, kiosk=kiosk, topic=topic, reason=reason, times=times)


@lru_cache(maxsize=4096)
def _ack_topic(kiosk: str) -> str:
    return str(Topic(kiosk, Channel.ACK))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
