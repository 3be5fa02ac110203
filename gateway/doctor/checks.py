"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`SKIPPED`: another part must be mended first, or there is nothing of this kind here."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `cure`: what to do; empty when all is well."""

    part: str
    verdict: Verdict
    words: str
    cure: str = ""


def ok(part: str, words: str) -> Check:
    """All is well."""
    return Check(part, Verdict.OK, words)


def warn(part: str, words: str, cure: str) -> Check:
    """It works, but not for long, or not as it should."""
    return Check(part, Verdict.WARN, words, cure)


def fail(part: str, words: str, cure: str) -> Check:
    """It does not work."""
    return Check(part, Verdict.FAIL, words, cure)


def skipped(part: str, words: str) -> Check:
    """Not looked at, and why."""
    return Check(part, Verdict.SKIPPED, words)
