"""Facts → features: reads the mailbox from a place that is stored in the same transaction as what it changes.

Redelivery cannot count twice, a crash cannot lose half. A fact that no feature can take is set aside with its
reason and never blocks those behind it.
"""

import json
import sqlite3
import threading

import structlog
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.mailbox import StoredFact
from server.kit.errors import Fault
from server.kit.feature import Feature
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work

log = structlog.get_logger()

BATCH = 200
POLL_S = 0.05

migrations = Migrations("intake")


@migrations(name="0001_intake")
def _tables(database: Database) -> None:
    database.execute("create table intake_place (name text primary key, position integer not null)")
    database.execute(
        """create table intake_refused (
            fact integer primary key, kiosk text not null, kind text not null, body text not null,
            reason text not null, at integer not null)"""
    )


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
            position = work.value("select position from intake_place where name = 'mailbox'") or 0
            facts = self._site.mailbox.facts_after(position, BATCH)
            for fact in facts:
                self._take(work, fact)
            if facts:
                work.run(
                    """insert into intake_place (name, position) values ('mailbox', ?)
                       on conflict (name) do update set position = excluded.position""",
                    (facts[-1].id,),
                )
        return len(facts)

    def _take(self, work: Work, fact: StoredFact) -> None:
        if fact.state != "ok":
            work.tell(Change("parked", "*", {"kiosk": fact.kiosk, "reason": fact.reason or ""}))
            return
        try:
            with work.attempt():
                for handler in self._handlers.get(fact.kind, ()):
                    handler(work, fact)
        except sqlite3.OperationalError:
            raise  # the disk or a lock, not the fact: the whole batch is tried again
        except Exception as cause:
            reason = cause.sentence if isinstance(cause, Fault) else repr(cause)
            log.warning("fact refused", kiosk=fact.kiosk, kind=fact.kind, fact=fact.id, reason=reason)
            work.run(
                """insert into intake_refused (fact, kiosk, kind, body, reason, at) values (?, ?, ?, ?, ?, ?)
                   on conflict do nothing""",
                (fact.id, fact.kiosk, fact.kind, json.dumps(fact.body, ensure_ascii=False), reason[:500], work.now),
            )
            work.tell(Change("parked", "*", {"kiosk": fact.kiosk, "reason": reason[:200]}))

    def _run(self) -> None:
        seen = -1
        wait = POLL_S
        while not self._stopping.is_set():
            try:
                version = self._site.mailbox.data_version()
                if version != seen:
                    while self.read() == BATCH and not self._stopping.is_set():
                        pass
                    seen = version
                wait = POLL_S
            except Exception:
                log.exception("the intake stumbles and tries again", seconds=wait)
                wait = min(wait * 2, 5.0)
            self._stopping.wait(wait)


def refused(work: Work, limit: int = 50) -> list[dict[str, object]]:
    """What no feature could take, newest first: fact, kiosk, kind, body, reason, at."""
    return work.rows("select * from intake_refused order by fact desc limit ?", (limit,))


def waiting(site: Site) -> int:
    """How many facts lie in the mailbox unread."""
    with site.store.look() as look:
        position = look.value("select position from intake_place where name = 'mailbox'") or 0
    return site.mailbox.facts_count_after(position)
