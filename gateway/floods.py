"""How much one kiosk may send: a bucket per lane, so that a flood hurts only whoever makes it. `ingest.py` asks.

The SOS lane has none: no limit may delay an alarm. Three days' backlog fits into a full bucket.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.contract.streams import WIDE_WINDOW
from gateway.contract.topics import FACTS, ROOT, Lane
from gateway.wire import Message

BURST = 200_000
PER_S = 500.0
OTHER_BURST = 2_000
OTHER_PER_S = 20.0
"""Births, heartbeats, reported states, and topics that do not exist."""
LINE = 2 * WIDE_WINDOW
"""What waits per bucket for its turn: more than an honest kiosk has on the way."""
LINES = 3 * WIDE_WINDOW
"""What waits in all, unconfirmed: the broker has 1,000 places for us, and others need some."""
MAX_BUCKETS = 8192


@dataclass(slots=True)
class _Bucket:
    tokens: float
    per_s: float
    burst: float
    filled: float
    line: deque[Message] = field(default_factory=deque)


class Floods:
    """For one thread. What neither passes nor finds a place in the line is shed: confirmed to the broker, not kept.

    The kiosk does not get our ack for it, so an honest one keeps it and sends it again.
    """

    def __init__(self, *, burst: float = BURST, per_s: float = PER_S, now: Callable[[], float] | None = None) -> None:
        self.shed: Counter[str] = Counter()
        """kiosk → messages let go since somebody looked."""
        self._burst, self._per_s = burst, per_s
        self._now = now or (lambda: time.monotonic())
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._waiting = 0

    def admits(self, message: Message) -> bool:
        """Whether the message may be taken now; otherwise it waits here or is shed."""
        kiosk, lane = _origin(message.topic)
        if lane == Lane.SOS:
            return True
        bucket = self._bucket(kiosk, lane)
        if not bucket.line and (bucket.tokens >= 1 or self._fill(bucket) >= 1):
            bucket.tokens -= 1
            return True
        if len(bucket.line) < LINE and self._waiting < LINES:
            bucket.line.append(message)
            self._waiting += 1
        else:
            message.ack()
            self.shed[kiosk] += 1
        return False

    def due(self) -> Iterator[Message]:
        """Those in the lines whose turn has come."""
        if not self._waiting:
            return
        for bucket in self._buckets.values():
            if bucket.line:
                self._fill(bucket)
                while bucket.line and bucket.tokens >= 1:
                    bucket.tokens -= 1
                    self._waiting -= 1
                    yield bucket.line.popleft()

    def _bucket(self, kiosk: str, lane: str) -> _Bucket:
        bucket = self._buckets.get((kiosk, lane))
        if bucket is None:
            burst, per_s = (self._burst, self._per_s) if lane else (OTHER_BURST, OTHER_PER_S)
            bucket = self._buckets[kiosk, lane] = _Bucket(burst, per_s, burst, self._now())
            if len(self._buckets) > MAX_BUCKETS:
                _, gone = self._buckets.popitem(last=False)
                self._waiting -= len(gone.line)  # unconfirmed: the broker and the kiosk keep them
        return bucket

    def _fill(self, bucket: _Bucket) -> float:
        now = self._now()
        bucket.tokens = min(bucket.burst, bucket.tokens + (now - bucket.filled) * bucket.per_s)
        bucket.filled = now
        return bucket.tokens


_LANES = {str(FACTS[lane]): str(lane) for lane in Lane}


@lru_cache(maxsize=8192)
def _origin(topic: str) -> tuple[str, str]:
    """(kiosk, lane), the lane empty for what is no fact."""
    kiosk, _, channel = topic.removeprefix(f"{ROOT}/").partition("/")
    return kiosk, _LANES.get(channel, "")
