"""What goes down: commands on their way, and many desired states at once, in the mailbox's database.

A command goes out when its kiosk is there, once in each of the kiosk's sessions until it expires: the kiosk acts
once for its id however often it comes.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Mapping, Sequence

from gateway.contract.commands import Command
from gateway.contract.envelope import Body, Broken, pack
from gateway.contract.twin import MAX_BODY
from gateway.mailbox import Mailbox
from gateway.orders import records
from gateway.orders.records import Due, migrations
from gateway.sqlite import Unusable

__all__ = ["Due", "Orders", "migrations"]


class Orders:
    """The table beside the mailbox's own, reached through the mailbox's handle and closed with it. Thread-safe.

    Raises `gateway.sqlite.Unusable` when its table cannot be made.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        # Never a second handle on one file in one process: opening it would drop the first one's locks (POSIX).
        self._sqlite = mailbox._sqlite
        try:
            with self._sqlite.transaction():
                migrations.apply(self._sqlite.database)
        except sqlite3.Error as cause:
            raise Unusable(f"cannot use the database {self._sqlite.path}: {cause}") from cause

    def put(self, kiosk: str, command: Command, now: int) -> bool:
        """Queue a command; False for an id that is there already. Raises `Broken` for one over 8 KiB."""
        payload = command.encode()
        with self._sqlite.transaction() as connection:
            records.forget(connection, now)
            return records.put(connection, kiosk, command, payload.decode(), now)

    def desire(self, bodies: Mapping[str, Body]) -> dict[str, str]:
        """Store what many kiosks should be and show, as `Mailbox.put_desired` does for one, in one commit.

        Returns the kiosks whose body cannot be sent, with the reason; the others are stored all the same.
        """
        documents, refused = [], {}
        for kiosk, body in bodies.items():
            try:
                text = pack(body, MAX_BODY)
            except Broken as cause:
                refused[kiosk] = str(cause)
            else:
                documents.append((kiosk, text.decode(), hashlib.sha256(text).hexdigest()))
        with self._sqlite.transaction() as connection:
            records.desire(connection, documents)
        return refused

    def sent(self, ids: Collection[str]) -> dict[str, int]:
        """When those of these commands that went out were sent first, UTC milliseconds."""
        return records.sent(self._sqlite.connection, ids)

    def due(self, now: int, *, again: bool = False) -> list[Due]:
        """What is to be sent now, oldest first; `again`: also what this session of the kiosk was sent already."""
        return records.due(self._sqlite.connection, now, again)

    def mark(self, sent: Sequence[Due], now: int) -> None:
        """These went out just now."""
        with self._sqlite.transaction() as connection:
            records.mark(connection, sent, now)
