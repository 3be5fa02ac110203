"""What `sorting.py` asks of the past: the mailbox, with the streams and boots of late at hand."""

from collections import OrderedDict
from typing import Any

from gateway.contract.streams import Reader
from gateway.entries import StoredFact
from gateway.mailbox import Mailbox
from gateway.sorting import Sorting
from gateway.timing import Anchor

MOST = 4096
"""Of each kind; what is older is read again."""


class Recall:
    """What was committed, with the streams and boots of late at hand."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._readers: OrderedDict[tuple[str, str], Reader] = OrderedDict()
        self._anchors: OrderedDict[tuple[str, str], Anchor | None] = OrderedDict()
        self._forked: OrderedDict[tuple[str, str], None] = OrderedDict()

    def reader(self, kiosk: str, stream: str) -> Reader:
        """A copy: what a batch reads counts only once it is committed."""
        found = self._readers.get((kiosk, stream))
        if found is None:
            return self._mailbox.reader(kiosk, stream)
        return Reader(found.upto, list(found.ahead))

    def fact_at(self, kiosk: str, stream: str, seq: int) -> StoredFact | None:
        """See `Mailbox`."""
        return self._mailbox.fact_at(kiosk, stream, seq)

    def is_forked(self, kiosk: str, stream: str) -> bool:
        """Whether two histories of this stream were seen since we started; a later one is seen again."""
        return (kiosk, stream) in self._forked

    def anchor(self, kiosk: str, boot: str) -> Anchor | None:
        """See `Mailbox`."""
        key = (kiosk, boot)
        if key not in self._anchors:
            self._anchors[key] = self._mailbox.anchor(kiosk, boot)
            _shorten(self._anchors)
        return self._anchors[key]

    def keep(self, sorting: Sorting) -> None:
        """A batch was committed."""
        self._anchors.update(sorting.batch.anchors)
        for key, reader in sorting.readers.items():
            self._readers[key] = reader
            self._readers.move_to_end(key)
        _shorten(self._readers)
        self._forked.update(dict.fromkeys(sorting.forked))
        _shorten(self._forked)


def _shorten(kept: OrderedDict[tuple[str, str], Any]) -> None:
    while len(kept) > MOST:
        kept.popitem(last=False)
