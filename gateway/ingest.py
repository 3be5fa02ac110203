"""What kiosks send: verify → mailbox → PUBACK → `down/ack`, in batches. `process.py` gives it the wire's messages.

Nothing is acknowledged before its commit. What cannot be understood is parked, with its reason and in the same
transaction, and counts as consumed, so that poison never blocks a lane.
"""

import queue
import sqlite3
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import structlog

from gateway.contract.life import HEARTBEAT_S, Life
from gateway.contract.streams import Ack, Reader
from gateway.contract.topics import Channel, Topic
from gateway.mailbox import Batch, Mailbox, Sign, Trouble
from gateway.sorting import Known, Sorting, trouble
from gateway.wire import Message, Wire

BATCH = 200
GATHER_S = 0.004
MAX_WAITING = 20_000
"""Messages held in memory; what comes on top stays unacknowledged, the broker and the kiosk keep it."""
MAX_READERS = 4096
SILENT_S = 3 * HEARTBEAT_S
ROUNDS_S = 1.0
MAX_REFUSED = 16
"""Different refusals written down in one second; a flood of more is only counted."""

log = structlog.get_logger("ingest")


class Ingest:
    """One thread between the wire and the mailbox; it is the only one that writes facts.

    `connected`, `disconnected`, `received` and `refused` may be called from any thread and return at once.
    """

    def __init__(self, mailbox: Mailbox, wire: Wire) -> None:
        self._mailbox = mailbox
        self._wire = wire
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._held: list[Message] = []
        self._readers: OrderedDict[tuple[str, str], Reader] = OrderedDict()
        self._known = {one.kiosk: Known(one.life, one.nonce, one.backlog) for one in mailbox.kiosks()}
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
        if self._queue.qsize() < MAX_WAITING:
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
        take = self._queue.get
        try:
            messages = [take(timeout=patience) if patience else take(block=False)]
        except queue.Empty:
            return []
        overdue = time.monotonic() + (GATHER_S if patience else 0.0)
        while len(messages) < BATCH:
            try:
                messages.append(take(block=False))
            except queue.Empty:
                left = overdue - time.monotonic()
                if left <= 0:
                    break
                try:
                    messages.append(take(timeout=left))
                except queue.Empty:
                    break
        return messages

    def _take(self, messages: Sequence[Message], spoilt: str | None = None) -> None:
        sorting = Sorting(self._reader, self._mailbox.digest_of, self._known, _now_ms(), spoilt)
        for message in messages:
            sorting.sort(message)
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
        if not (batch.facts or batch.readers or batch.troubles or batch.signs or batch.notes):
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

    def _reader(self, kiosk: str, stream: str) -> Reader:
        """A copy: what a batch reads counts only once it is committed."""
        found = self._readers.get((kiosk, stream))
        if found is None:
            return self._mailbox.reader(kiosk, stream)
        return Reader(found.upto, list(found.ahead))

    def _remember(self, sorting: Sorting) -> None:
        for key, reader in sorting.readers.items():
            self._readers[key] = reader
            self._readers.move_to_end(key)
        while len(self._readers) > MAX_READERS:
            self._readers.popitem(last=False)
        self._known.update(sorting.known)
        now = time.monotonic()
        for kiosk in sorting.alive:
            self._heard_at[kiosk] = now

    def _confirm(self, sorting: Sorting) -> None:
        # For repeats too: the kiosk sent again because it missed the ack.
        now = _now_ms()
        for (kiosk, stream), reader in sorting.readers.items():
            self._wire.publish(_ack_topic(kiosk), Ack(stream, reader.upto, now).encode())

    def _round(self, now: float) -> None:
        batch = Batch(troubles=self._drain_refused(), signs=self._silent(now))
        if not batch.troubles and not batch.signs:
            return
        if self._commit(batch):
            _log_troubles(batch.troubles)
            for sign in batch.signs:
                log.warning("a kiosk fell silent", kiosk=sign.kiosk)
                self._known[sign.kiosk] = Known(sign.life, self._known[sign.kiosk].nonce, sign.backlog)

    def _drain_refused(self) -> list[Trouble]:
        with self._refused_lock:
            counted, self._refused = self._refused, Counter()
        at = _now_ms()
        return [trouble("refused", kiosk, topic, reason, b"", at) for kiosk, topic, reason in counted]

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
