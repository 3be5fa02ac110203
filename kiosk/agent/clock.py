"""What time it is at this station, and how far that may be trusted.

Facts carry wall time, its quality, the boot and a monotonic count, so that the gateway can repair what a bad clock
wrote. The gateway checks presence codes with its own clock, so where the two differ by more than `TOLERANCE_MS`
the kiosk follows the gateway.
"""

import ctypes
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.contract.facts import Clock

BUILT = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""No kiosk of this software ran before: an earlier time is a clock that lost its battery."""
UNTHINKABLE = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp() * 1000)
TOLERANCE_MS = 2_000
_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, as a fact carries it. `at`: UTC milliseconds or None; `mono`: ms since `boot`."""

    at: int | None
    clock: Clock
    boot: str
    mono: int


def _boottime() -> int:
    # CLOCK_BOOTTIME goes on counting while the machine sleeps, and belongs to the boot id.
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def _wall() -> int:
    return time.time_ns() // 1_000_000


class _Timex(ctypes.Structure):
    """The head of `struct timex` (adjtimex(2)); the rest is room for what we do not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


def _kernel_synchronized() -> bool:
    """Whether the kernel says that NTP disciplines its clock: chrony, ntpd and timesyncd all tell it."""
    unsynchronized, error_state = 0x40, 5
    try:
        answer = _Timex()
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(answer))
    except (OSError, AttributeError):
        return False
    return 0 <= state != error_state and not answer.status & unsynchronized


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return secrets.token_hex(16)  # then each start of the program counts as a boot


class StationClock:
    """Thread-safe. `wall`, `mono` and `synchronized` are replaced in tests."""

    def __init__(
        self,
        wall: Callable[[], int] = _wall,
        mono: Callable[[], int] = _boottime,
        synchronized: Callable[[], bool] = _kernel_synchronized,
    ) -> None:
        self.boot = _boot_id()
        self._wall, self.mono, self._synchronized = wall, mono, synchronized
        self._lock = threading.Lock()
        self._bases: deque[int] = deque(maxlen=_SAMPLES)

    def hear(self, gateway_now: int) -> None:
        """Note the gateway's time (UTC milliseconds) from an answer that came at once."""
        if BUILT <= gateway_now < UNTHINKABLE:
            with self._lock:
                self._bases.append(gateway_now - self.mono())

    def quality(self) -> Clock:
        """What the own clock is worth, without the gateway's help."""
        if self._wall() < BUILT:
            return Clock.NONE
        return Clock.NTP if self._synchronized() else Clock.RTC

    @property
    def trusted(self) -> bool:
        """Whether `now` may be used for presence codes: a plausible own clock, or the gateway's word in this run."""
        return self._wall() >= BUILT or self._gateway_time() is not None

    def now(self) -> int:
        """UTC milliseconds; the gateway's time where the own clock is off by more than `TOLERANCE_MS`."""
        own, theirs = self._wall(), self._gateway_time()
        return own if theirs is None or abs(own - theirs) <= TOLERANCE_MS else theirs

    def moment(self) -> Moment:
        """This moment, for a fact. A time that only the gateway told is called `rtc`: set once, then counted on."""
        quality = self.quality()
        if quality is Clock.NONE and self._gateway_time() is None:
            return Moment(None, Clock.NONE, self.boot, self.mono())
        return Moment(self.now(), Clock.RTC if quality is Clock.NONE else quality, self.boot, self.mono())

    def _gateway_time(self) -> int | None:
        with self._lock:
            # An answer can only come late, never early: the largest of the last samples is the nearest to the truth.
            return max(self._bases) + self.mono() if self._bases else None
