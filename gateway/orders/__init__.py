"""Orders: commands on their way down, kept in the mailbox's database. The server puts them in, the publisher sends.

A command goes out when its kiosk is there, once in each of the kiosk's sessions until it expires: the kiosk acts
once for its id however often it comes.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from gateway import mailbox
from gateway.contract.commands import Command
from gateway.orders import records
from gateway.orders.records import Due, migrations
from gateway.sqlite import Sqlite

__all__ = ["Due", "Orders", "migrations"]


class Orders:
    """The table beside the mailbox's own. Thread-safe. Raises `gateway.sqlite.Unusable` for a file it cannot open."""

    def __init__(self, path: Path) -> None:
        # The mailbox's tables first: whether a kiosk is there stands in them.
        self._sqlite = Sqlite(path, [mailbox.migrations, migrations])

    def put(self, kiosk: str, command: Command, now: int) -> bool:
        """Queue a command; False for an id that is there already. Raises `Broken` for one over 8 KiB."""
        payload = command.encode()
        with self._sqlite.transaction() as connection:
            records.forget(connection, now)
            return records.put(connection, kiosk, command, payload.decode(), now)

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

    def close(self) -> None:
        """Close every connection."""
        self._sqlite.close()
