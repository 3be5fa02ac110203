"""The reader's side of a stream: which facts are new, how far everything is there, where the holes are.

`any order, any repeats, any losses: each fact has its effect once` is this module's promise.
"""

from dataclasses import dataclass, field

from gateway.contract.envelope import Broken, identifier, moment, pack, unpack, whole

MAX_ACK_BYTES = 1024
WINDOW = 64
"""Facts a kiosk has on the way per lane, unacknowledged: the lowest numbers, and before them the gaps.

A gap that waited behind a window full of facts above the hole it explains would stop the lane for good.
"""
WIDE_WINDOW = 256
"""The same once the gateway has answered on this connection: a backlog goes at the speed of windows a second."""


@dataclass(slots=True)
class Reader:
    """What a reader knows of one stream: all of 1…`upto`, and the ranges `ahead` of a hole.

    `ahead` holds sorted, disjoint, non-adjacent (first, last) pairs, so that one hostile gap over 2⁶² numbers
    costs no more than one over two.
    """

    upto: int = 0
    ahead: list[tuple[int, int]] = field(default_factory=list)

    def has(self, seq: int) -> bool:
        """Whether this number was taken or skipped."""
        return seq <= self.upto or any(first <= seq <= last for first, last in self.ahead)

    def take(self, seq: int) -> bool:
        """Note the fact `seq`; True when it is new, False for a repeat."""
        if seq == self.upto + 1 and not self.ahead:  # nearly always
            self.upto = seq
            return True
        if self.has(seq):
            return False
        self._add(seq, seq)
        return True

    def skip(self, first: int, last: int) -> list[tuple[int, int]]:
        """Expect nothing more in `first`…`last` (dropped, or forgotten by the kiosk); returns what was missing."""
        missing, low = [], max(first, self.upto + 1)
        for start, end in self.ahead:
            if start > last:
                break
            if start > low:
                missing.append((low, start - 1))
            low = max(low, end + 1)
        if low <= last:
            missing.append((low, last))
        if first <= last:
            self._add(first, last)
        return missing

    def holes(self) -> list[tuple[int, int]]:
        """The ranges that are missing below the highest fact seen."""
        missing, low = [], self.upto + 1
        for first, last in self.ahead:
            missing.append((low, first - 1))
            low = last + 1
        return missing

    def _add(self, first: int, last: int) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in sorted([*self.ahead, (first, last)]):
            if merged and start <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        while merged and merged[0][0] <= self.upto + 1:
            self.upto = max(self.upto, merged.pop(0)[1])
        self.ahead = merged


@dataclass(frozen=True, slots=True)
class Ack:
    """`upto`: every fact of the stream up to here is committed or parked. `now`: the gateway's UTC milliseconds.

    `fork`: the gateway holds other facts under this stream's numbers, for the kiosk's storage is an old copy. `upto` is
    0 then: the kiosk begins a new stream and sends under it all it holds.
    """

    stream: str
    upto: int
    now: int
    fork: bool = False

    def encode(self) -> bytes:
        """Bytes for `down/ack`."""
        value = {"stream": self.stream, "upto": self.upto, "now": self.now}
        return pack({**value, "fork": True} if self.fork else value)

    @classmethod
    def decode(cls, payload: bytes) -> "Ack":
        """Raises `Broken`."""
        value = unpack(payload, MAX_ACK_BYTES)
        return cls(
            identifier(value, "stream"), whole(value, "upto", least=0), moment(value, "now"), value.get("fork") is True
        )


def check_ack(ack: Ack, highest: int) -> Ack:
    """`Broken` when an ack confirms facts that were never sent: obeying it would forget them unsent."""
    if ack.upto > highest:
        raise Broken(f"ack up to {ack.upto}, but only {highest} exist")
    return ack
