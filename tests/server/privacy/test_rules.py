"""When a photo's time is over."""

from dataclasses import replace

import pytest

from server.categories import shipped
from server.kit.clock import DAY_MS, HOUR_MS
from server.photos import Photo
from server.privacy import rules
from server.privacy.rules import Kept

NOW = 1_800_000_000_000
DAYS = {one.name: one.default for one in rules.THRESHOLDS}
PHOTO = Photo(1, "large", "small", 640, 480, None, None, "0" * 16, NOW - 400 * DAY_MS)


@pytest.mark.parametrize(
    ("category", "days", "kind"),
    [
        ("person.lost_elder", 7, "person"),
        ("parking.fire_lane", 30, "standard"),
        ("fire.open_flame", 90, "evidence"),
        ("charging.battery_in_lift", 0, "none"),
    ],
)
def test_a_photo_goes_so_many_days_after_the_end(category: str, days: int, kind: str) -> None:
    over = Kept(PHOTO, shipped()[category], NOW - days * DAY_MS, None)
    not_yet = replace(over, ended=NOW - days * DAY_MS + 1)
    still_open = replace(over, ended=None)

    assert rules.due(over, DAYS, NOW) == kind
    assert rules.due(not_yet, DAYS, NOW) is None
    assert rules.due(still_open, DAYS, NOW) is None


def test_a_private_category_is_never_kept_longer_than_people() -> None:
    kind = replace(shipped()["person.lost_elder"], retention="evidence")

    assert rules.retention_of(kind) == "person"


def test_what_was_never_sent_goes_after_a_day_and_a_mistake_within_one() -> None:
    fresh = replace(PHOTO, received=NOW - DAY_MS + 1)
    mistake = Kept(replace(PHOTO, hidden=NOW - 20 * HOUR_MS), shipped()["parking.fire_lane"], None, None)

    assert rules.due(Kept(PHOTO, None, None, None), {}, NOW) == "abandoned"
    assert rules.due(Kept(fresh, None, None, None), {}, NOW) is None
    assert rules.due(mistake, DAYS, NOW) == "wrong"
    assert rules.due(replace(mistake, photo=replace(PHOTO, hidden=NOW)), DAYS, NOW) is None


def test_a_sealed_original_goes_before_its_covered_picture() -> None:
    kept = Kept(PHOTO, shipped()["parking.fire_lane"], None, NOW - 7 * DAY_MS)

    assert rules.due(kept, DAYS, NOW) == "sealed"
    assert rules.due(replace(kept, sealed=NOW), DAYS, NOW) is None
