"""The photo of a child stays locked wherever it goes: through a split, a correction, a copy, and its retention."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, photos, privacy
from server.kit.clock import DAY_MS
from server.kit.errors import Forbidden, Invalid, Missing
from server.kit.personal import Exporting, Subject
from server.kit.site import Site
from server.photos import personal
from server.staff import Person
from tests.server.privacy.conftest import photo

__all__ = ["photo"]


@pytest.fixture
def people(staff: Callable[..., Person]) -> dict[str, Person]:
    street = staff("street", scopes=("street:songnan",))
    return {"street": street} | {role: staff(role) for role in ("director", "duty", "committee", "prop_guard")}


def eyes(enter: Callable[[Person], TestClient], people: dict[str, Person], number: int) -> dict[str, int]:
    return {role: enter(one).get(f"/desk/photos/{number}/small.jpg").status_code for role, one in people.items()}


def test_a_childs_photo_that_is_split_off_into_rubbish_stays_locked(
    site: Site, report: Any, photo: Any, people: dict[str, Person], enter: Any, walk: Any
) -> None:
    number = photo()
    child = report("person.lost_child", photos=(number,))
    with site.store.work() as work:
        rubbish = incidents.split(
            work, child.id, people["duty"], version=child.version, category="environment.garbage", photos=[number]
        )
    walk(rubbish, people["duty"], "file", "dispatch")
    with site.store.work() as work:
        incidents.move(work, rubbish.id, "claim", people["prop_guard"])

    found = eyes(enter, people, number)

    assert found == {"director": 200, "duty": 200, "street": 403, "committee": 403, "prop_guard": 403}
    with site.store.look() as look:
        assert photos.get(look, number) is None, "what leaves the desk by a link asks here"


def test_a_photo_stays_locked_when_its_ticket_is_corrected_until_the_director_says_why_not(
    site: Site, report: Any, photo: Any, people: dict[str, Person], enter: Any
) -> None:
    number = photo()
    child = report("person.lost_child", photos=(number,))
    with site.store.work() as work:
        incidents.move(work, child.id, "correct", people["duty"], category="environment.garbage")

    before = eyes(enter, people, number)
    with site.store.work() as work:
        with pytest.raises(Forbidden):
            photos.release(work, number, people["duty"], "没有人")
        with pytest.raises(Forbidden):
            photos.release(work, number, people["street"], "没有人")
        with pytest.raises(Invalid):
            photos.release(work, number, people["director"], " ")
    lifted = enter(people["director"]).post(
        f"/desk/photos/{number}/unlock", data={"reason": "照片里没有人"}, follow_redirects=False
    )
    after = eyes(enter, people, number)

    assert (before["street"], before["committee"], before["duty"]) == (403, 403, 200)
    assert lifted.headers["location"] == f"/desk/incidents/{child.id}#photos"
    assert (after["street"], after["committee"]) == (200, 200)
    with site.store.look() as look:
        assert [(row["did"], row["note"]) for row in photos.deeds(look, number)] == [("unlock", "照片里没有人")]


def test_what_was_released_is_locked_again_when_it_turns_out_to_be_a_child_after_all(
    site: Site, report: Any, photo: Any, people: dict[str, Person]
) -> None:
    number = photo()
    child = report("person.lost_child", photos=(number,))
    with site.store.work() as work:
        incidents.move(work, child.id, "correct", people["duty"], category="environment.garbage")
        photos.release(work, number, people["director"], "没有人")
        incidents.move(work, child.id, "correct", people["duty"], category="person.lost_child")
        incidents.move(work, child.id, "correct", people["duty"], category="environment.garbage")

        assert photos.locked_for_good(work, number)


def test_a_locked_photo_is_neither_copied_for_anybody_nor_kept_longer_than_peoples(
    site: Site, report: Any, photo: Any, people: dict[str, Person], walk: Any, clock: Any
) -> None:
    number, plain = photo("red"), photo("blue")
    child = report("person.lost_child", photos=(number,))
    other = report("environment.garbage", photos=(plain,))
    with site.store.work() as work:
        incidents.move(work, child.id, "correct", people["duty"], category="environment.garbage")
        copy = Exporting(Subject(frozenset({child.id, other.id})))
        personal.export(work, copy)
    for one in (child, other):
        walk(one, people["duty"], "reject")

    clock.forward(8 * DAY_MS)
    privacy.run(site)

    assert list(copy.files) == [f"photos/{other.number}-{plain}.jpg"]
    with site.store.look() as look:
        gone = [found.why for one in (number, plain) if (found := photos.known(look, one))]
    assert gone == ["person", ""]


def test_who_does_not_see_the_ticket_hears_nothing_of_its_lock(
    report: Any, photo: Any, staff: Callable[..., Person], site: Site
) -> None:
    number = photo()
    report("person.lost_child", photos=(number,))
    stranger = staff("duty", scopes=("community:yh1",))

    with site.store.look() as look, pytest.raises(Missing):
        photos.for_eyes(look, number, stranger)
