"""How long what is kept, and when a photo's time is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract.categories import Category
from server.incidents import OVERSEERS
from server.kit.clock import DAY_MS
from server.photos import ABANDONED_MS, MISTAKE_MS, WHY, Photo
from server.thresholds import Threshold

KEEPERS = OVERSEERS
"""They set how long things are kept, and answer for it; they hold, copy and delete a person's data."""

PERSON_DAYS = Threshold("photos_person_days", "人的照片，结案后", "天", 7, 1, 30)
STANDARD_DAYS = Threshold("photos_standard_days", "一般照片，结案后", "天", 30, 1, 180)
EVIDENCE_DAYS = Threshold("photos_evidence_days", "隐患照片，结案后", "天", 90, 1, 365)
SEALED_DAYS = Threshold("photos_sealed_days", "打码后封存的原图", "天", 7, 1, 30)
CHECKIN_DAYS = Threshold("checkin_days", "打卡明细", "天", 30, 1, 90)
THRESHOLDS = (PERSON_DAYS, STANDARD_DAYS, EVIDENCE_DAYS, SEALED_DAYS, CHECKIN_DAYS)
_OF_RETENTION = {"person": PERSON_DAYS, "standard": STANDARD_DAYS, "evidence": EVIDENCE_DAYS}

KINDS = {
    **WHY,
    "abandoned": "传了没发的照片",
    "sealed": "封存的原图",
    "checkin": "打卡明细",
}
"""What is purged, as the report says it."""

LONGEST_HOLD_DAYS = 365
MAX_WHY = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: nothing of this ticket is deleted until then. Times are UTC milliseconds."""

    id: int
    incident: int
    why: str
    by_id: int
    by_name: str
    at: int
    until: int
    lifted: int | None
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo and what decides about it. `category` None: no ticket has it; `ended`: since when nothing is open."""

    photo: Photo
    category: Category | None
    ended: int | None
    sealed: int | None
    """Since when its original is sealed; None without one."""
    locked: bool = False
    """Whether it came from a ticket about a person, whatever its ticket is about now."""


def retention_of(category: Category) -> str:
    """`person`, `standard`, `evidence` or `none`; people's photos are never kept longer than people's."""
    found = str(getattr(category, "retention", "standard"))
    return "person" if category.private and found != "none" else found


def kept_as(kept: Kept, category: Category) -> str:
    """`retention_of` for one photo: what came from a ticket about a person is kept no longer than people's."""
    found = retention_of(category)
    return "person" if kept.locked and found != "none" else found


def days_of(retention: str, days: Mapping[str, int]) -> int:
    """How many days after the end; 0 for what is not kept at all."""
    threshold = _OF_RETENTION.get(retention)
    return days[threshold.name] if threshold else 0


def due(kept: Kept, days: Mapping[str, int], now: int) -> str | None:
    """Why this photo (or `sealed`: its original) goes now, a key of `KINDS`; None while it stays.

    `days`: name of a threshold → its value where the ticket is."""
    photo, category = kept.photo, kept.category
    if category is None:
        return "abandoned" if photo.received <= now - ABANDONED_MS else None
    if photo.hidden is not None and photo.hidden <= now - MISTAKE_MS:
        return "wrong"
    retention = kept_as(kept, category)
    if kept.ended is not None and kept.ended + days_of(retention, days) * DAY_MS <= now:
        return retention
    if kept.sealed is not None and kept.sealed + days[SEALED_DAYS.name] * DAY_MS <= now:
        return "sealed"
    return None


def goes(kept: Kept, days: Mapping[str, int]) -> int | None:
    """When the photo of an ended ticket goes, UTC milliseconds; None while the ticket is open."""
    if kept.category is None or kept.ended is None:
        return None
    return kept.ended + days_of(kept_as(kept, kept.category), days) * DAY_MS
