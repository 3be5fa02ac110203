"""Whether this machine knows what time it is."""

import time
from collections.abc import Callable

from gateway.doctor.checks import Check, fail, ok, warn

PART = "clock"
EARLIEST_S = 1_767_225_600
"""The beginning of 2026: nothing of ours ran before."""
TOLERANCE_S = 5.0
CURE = "let NTP set it: timedatectl set-ntp true"


def check_clock(
    synchronized: Callable[[], bool],
    elsewhere: Callable[[], float | None] = lambda: None,
    now: Callable[[], float] = time.time,
) -> Check:
    """`elsewhere`: the time at head office in seconds since 1970, None when it cannot be asked."""
    here = now()
    if here < EARLIEST_S:
        return fail(
            PART, f"it is {time.strftime('%Y-%m-%d', time.gmtime(here))} here: the clock lost its battery", CURE
        )
    there = elsewhere()
    if there is not None and abs(here - there) > TOLERANCE_S:
        return fail(PART, f"{here - there:+.0f} s against head office", CURE)
    if not synchronized():
        return warn(PART, "plausible, but nothing keeps it right", CURE)
    return ok(PART, "kept right by NTP")
