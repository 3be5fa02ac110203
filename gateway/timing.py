"""When a fact happened, by its own clock, or by counting from a moment of the same boot whose true time is known. Pure.

A fact that waited for days under a clock without a battery is placed by the difference of `mono`; where nothing is
known of its boot, the time it was received stands in and is marked an estimate.
"""

from dataclasses import dataclass

from gateway.contract.facts import Clock, Fact

GOOD_MS = 1_000
"""What a clock under NTP may be off, as far as it matters here."""
BIRTH_MS = 2_000
"""What a birth certificate may take to arrive."""
DRIFT = 100e-6
"""A cheap quartz; 26 s in three days."""
EARLIEST = 1_767_225_600_000
"""The beginning of 2026: no kiosk of ours ran before, so an earlier time is a clock that lost its battery."""
AHEAD_MS = 60_000
"""Nothing happens long after it is received."""
RENEWED_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """At `mono` of its boot it was `at` (UTC milliseconds), give or take `spread` milliseconds."""

    mono: int
    at: int
    spread: int


def placed(fact: Fact, anchor: Anchor | None, now: int) -> tuple[int, int | None]:
    """When it happened (UTC ms, never after `now`), and the uncertainty in ms: None for an estimate."""
    if is_good(fact, now) and fact.at is not None:
        return min(fact.at, now), GOOD_MS
    if anchor is not None:
        apart = fact.mono - anchor.mono
        spread = anchor.spread + int(abs(apart) * DRIFT)
        if anchor.at + apart <= now + spread:
            return min(anchor.at + apart, now), spread
    if fact.clock is Clock.RTC and fact.at is not None and EARLIEST <= fact.at <= now + AHEAD_MS:
        return min(fact.at, now), None
    return now, None


def is_good(fact: Fact, now: int) -> bool:
    """Whether the fact's own clock is to be believed."""
    return fact.clock is Clock.NTP and fact.at is not None and EARLIEST <= fact.at <= now + AHEAD_MS


def learnt(known: Anchor | None, fact: Fact, now: int) -> Anchor | None:
    """A better anchor for the fact's boot, or None when this fact teaches nothing new."""
    if fact.at is None or not is_good(fact, now):
        return None
    if known is not None and known.spread <= GOOD_MS and abs(fact.mono - known.mono) < RENEWED_MS:
        return None
    return Anchor(fact.mono, fact.at, GOOD_MS)


def born(known: Anchor | None, mono: int, now: int) -> Anchor | None:
    """The same from a birth certificate that said `mono` and came just `now`."""
    # It can only come late, never early: the earlier of two words is the truer.
    if known is not None and (known.spread <= GOOD_MS or known.at - known.mono <= now - mono):
        return None
    return Anchor(mono, now, BIRTH_MS)
