"""Facts → features: reads the mailbox from a place that is stored in the same transaction as what it changes.

Redelivery cannot count twice, a crash cannot lose half. A fact that no feature can take is set aside with its
reason and never blocks those behind it.
"""

import sqlite3
import threading
import time

import structlog

from gateway.mailbox import StoredFact
from server.kit import records
from server.kit.errors import Fault
from server.kit.feature import Feature
from server.kit.live import Change
from server.kit.records import migrations
from server.kit.site import Site
from server.kit.store import Work

log = structlog.get_logger()

__all__ = ["Intake", "migrations", "waiting"]

BATCH = 200
POLL_S = 0.05
READER = "server"
"""Our name among those whose place the gateway heeds before it deletes."""
TELL_S = 60.0

TRY_AGAIN = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""The disk or a neighbour, not the fact: the whole batch is tried again, and nothing is set aside."""


class Intake:
    """One thread of the web process."""

    def __init__(self, site: Site, features: tuple[Feature, ...]) -> None:
        self._site = site
        self._handlers = {
            kind: [feature.facts[kind] for feature in features if kind in feature.facts]
            for kind in {kind for feature in features for kind in feature.facts}
        }
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin reading."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand."""
        self._stopping.set()
        self._thread.join(10)

    def read(self) -> int:
        """Take one batch; returns how many facts it had."""
        with self._site.store.work() as work:
            facts = self._site.mailbox.facts_after(records.position(work), BATCH)
            for fact in facts:
                self._take(work, fact)
            if facts:
                records.advance(work, facts[-1].id)
        return len(facts)

    def _take(self, work: Work, fact: StoredFact) -> None:
        if fact.state != "ok":
            work.tell(Change("parked", "*", {"kiosk": fact.kiosk, "reason": fact.reason or ""}))
            return
        try:
            with work.attempt():
                for handler in self._handlers.get(fact.kind, ()):
                    handler(work, fact)
        except Exception as cause:
            if _passing(cause):
                raise
            reason = cause.sentence if isinstance(cause, Fault) else repr(cause)
            log.warning("fact refused", kiosk=fact.kiosk, kind=fact.kind, fact=fact.id, reason=reason)
            records.refuse(work, fact, reason)
            work.tell(Change("parked", "*", {"kiosk": fact.kiosk, "reason": reason[:200]}))

    def _tell_position(self) -> None:
        """What the gateway may delete one day: only what lies behind us."""
        with self._site.store.look() as look:
            position = records.position(look)
        self._site.mailbox.read_to(READER, position)

    def _run(self) -> None:
        seen = -1
        wait = POLL_S
        told = -TELL_S
        while not self._stopping.is_set():
            try:
                version = self._site.mailbox.data_version()
                if version != seen:
                    while self.read() == BATCH and not self._stopping.is_set():
                        pass
                    seen = version
                    if time.monotonic() - told >= TELL_S:
                        self._tell_position()
                        told = time.monotonic()
                wait = POLL_S
            except Exception:
                log.exception("the intake stumbles and tries again", seconds=wait)
                wait = min(wait * 2, 5.0)
            self._stopping.wait(wait)


def waiting(site: Site) -> int:
    """How many facts lie in the mailbox unread."""
    with site.store.look() as look:
        position = records.position(look)
    return site.mailbox.facts_count_after(position)


def _passing(cause: BaseException | None) -> bool:
    # A full disk ends the transaction, and then the way back to the savepoint fails too: the first cause counts.
    while cause is not None:
        # Extended names, such as SQLITE_IOERR_WRITE, begin with the plain one.
        if isinstance(cause, sqlite3.Error) and cause.sqlite_errorname.startswith(TRY_AGAIN):
            return True
        cause = cause.__context__
    return False
