"""Photos as the site keeps them: shown to few at addresses that end soon, each view on record, and gone for good."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import incidents, photos
from server.incidents import Incident
from server.kit.clock import HOUR_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.photos import addresses, records
from server.staff import Person

PhotoFactory = Callable[[str], int]
StaffFactory = Callable[..., Person]
EnterFactory = Callable[[Person], TestClient]
ReportFactory = Callable[..., Incident]


def jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def photo(site: Site, client: TestClient) -> PhotoFactory:
    """A stored photo of this colour; `client` starts the darkroom."""

    def make(colour: str) -> int:
        stored = photos.take(site, jpeg(colour))
        with site.store.work() as work:
            return photos.keep(work, stored)

    return make


def files(site: Site) -> int:
    return sum(1 for path in (site.data / "photos").rglob("*.jpg") if "incoming" not in path.parts)


def views(site: Site, number: int) -> list[tuple[int, str]]:
    with site.store.look() as look:
        return [(view["staff"], view["size"]) for view in records.views(look, number)]


def deeds(site: Site, number: int) -> list[tuple[str, str]]:
    with site.store.look() as look:
        return [(deed["did"], deed["note"]) for deed in records.deeds(look, number)]


def as_seen(site: Site, number: int) -> Image.Image:
    with site.store.look() as look:
        found = records.get(look, number)
    assert found is not None
    return Image.open(io.BytesIO(photos.vault_of(site).get(found.large)))


def test_each_view_of_a_photo_is_on_record_and_a_stranger_sees_none(
    site: Site,
    photo: PhotoFactory,
    report: ReportFactory,
    staff: StaffFactory,
    enter: EnterFactory,
    client: TestClient,
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty, neighbour = staff("duty"), staff("duty", scopes=("community:yh1",))

    seen = enter(duty).get(f"/desk/photos/{number}/large.jpg")
    foreign = enter(neighbour).get(f"/desk/photos/{number}/large.jpg")
    nobody = client.get(f"/desk/photos/{number}/large.jpg", follow_redirects=False)

    assert seen.headers["content-type"] == "image/jpeg"
    assert "private" in seen.headers["cache-control"]
    assert (foreign.status_code, nobody.status_code) == (404, 303)
    assert views(site, number) == [(duty.id, "large")]


def test_the_address_of_a_picture_is_one_persons_and_ends_after_minutes(
    site: Site,
    photo: PhotoFactory,
    report: ReportFactory,
    staff: StaffFactory,
    enter: EnterFactory,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty, colleague = staff("duty"), staff("duty")
    address = photos.address(site, duty, number, "large")

    mine, theirs = enter(duty).get(address), enter(colleague).get(address)
    logged_out = client.get(address, follow_redirects=False)
    changed = enter(duty).get(address.replace("seen/W", "seen/X"))
    monkeypatch.setattr(addresses, "LASTS_S", -1)
    over = enter(duty).get(address)

    assert [one.status_code for one in (mine, theirs, logged_out, changed, over)] == [200, 404, 303, 404, 404]
    assert addresses.LASTS_S < 300
    assert str(number) not in address.removesuffix(".jpg").split("/")


def test_photos_of_people_are_for_duty_director_and_who_has_the_ticket_in_hand(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo("red")
    incident = report("person.lost_child", photos=(number,))
    people = {role: staff(role) for role in ("duty", "director", "committee")}
    people |= {"street": staff("street", scopes=("street:songnan",)), "assigned": staff("committee")}
    with site.store.work() as work:
        incidents.move(work, incident.id, "claim", people["assigned"])

    answers = {
        name: enter(person).get(f"/desk/photos/{number}/small.jpg").status_code for name, person in people.items()
    }

    assert answers == {"duty": 200, "director": 200, "committee": 403, "street": 403, "assigned": 200}


def test_a_covered_photo_is_what_everybody_sees_and_the_original_is_sealed(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty, director = staff("duty"), staff("director")
    with site.store.look() as look:
        before = records.get(look, number)

    covered = photos.cover(site, number, duty, [(0, 0, 500, 1000)], 0)

    assert before is not None
    assert covered.likeness == before.likeness
    picture = as_seen(site, number)
    assert picture.getpixel((600, 240))[0] > 240
    assert max(high - low for low, high in picture.crop((0, 0, 300, 480)).getextrema()) > 20
    with pytest.raises(Forbidden):
        photos.unseal(site, number, duty, "想看看")
    with pytest.raises(Invalid):
        photos.unseal(site, number, director, " ")
    original = enter(director).get(photos.unseal(site, number, director, "核对车牌" * 40))
    red, green, _ = Image.open(io.BytesIO(original.content)).getpixel((100, 240))
    assert red > 240 and green < 20
    assert views(site, number)[0] == (director.id, "sealed")
    assert deeds(site, number) == [("cover", ""), ("unseal", "核对车牌" * 40)]


def test_several_rounds_keep_one_original_and_throw_the_steps_between_away(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty = staff("duty")

    first = photos.cover(site, number, duty, [(0, 0, 300, 300)], 0)
    second = photos.cover(site, number, duty, [(600, 600, 300, 300)], 1)
    with pytest.raises(Refused):
        photos.cover(site, number, duty, [(0, 0, 1000, 1000)], 1)
    photos.empty_scrap(site, rested_s=0)

    assert (first.rounds, second.rounds) == (1, 2)
    assert files(site) == 4
    with site.store.look() as look:
        assert [row["boxes"] for row in records.deeds(look, number)] == [1, 1]


def test_a_crash_between_storing_and_writing_down_leaves_the_old_picture(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty = staff("duty")

    def crash(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(records, "note_deed", crash)
    with pytest.raises(SystemExit):
        photos.cover(site, number, duty, [(0, 0, 1000, 1000)], 0)

    with site.store.look() as look:
        found = records.get(look, number)
        assert found is not None and found.rounds == 0
        assert records.seal(look, number) is None
    assert as_seen(site, number).getpixel((320, 240))[0] > 240


@pytest.mark.parametrize("boxes", [[], [(0, 0, 1, 1)], [(1200, 0, 50, 50)], [(0, 0, 500, 500)] * 61])
def test_boxes_that_cover_nothing_are_refused(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, boxes: list[Any]
) -> None:
    number = photo("red")
    report(photos=(number,))

    with pytest.raises(Invalid):
        photos.cover(site, number, staff("duty"), boxes, 0)


def test_who_does_not_triage_covers_nothing(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory
) -> None:
    number = photo("red")
    report(photos=(number,))

    with pytest.raises(Forbidden):
        photos.cover(site, number, staff("prop_guard"), [(0, 0, 500, 500)], 0)


def test_a_document_sent_by_mistake_is_out_of_sight_at_once_and_can_come_back_until_it_is_deleted(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty = staff("duty")
    address = photos.address(site, duty, number, "large")

    with site.store.work() as work:
        photos.hide(work, number, duty)
        photos.hide(work, number, duty)
    hidden = enter(duty).get(address)
    with site.store.look() as look:
        assert records.get(look, number) is None
    with site.store.work() as work:
        photos.unhide(work, number, duty)
    back = enter(duty).get(address)

    assert (hidden.status_code, back.status_code) == (404, 200)
    assert deeds(site, number) == [("hide", ""), ("back", "")]


def test_a_purged_photo_leaves_only_the_word_that_there_was_one(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory
) -> None:
    number = photo("red")
    report(photos=(number,))
    duty = staff("duty")
    photos.cover(site, number, duty, [(0, 0, 500, 500)], 0)

    with site.store.work() as work:
        found = records.known(work, number)
        assert found is not None
        photos.purge(work, found, "standard")
    photos.empty_scrap(site, rested_s=0)

    with site.store.look() as look:
        left = records.known(look, number)
        assert left is not None
        assert (left.large, left.likeness, left.point, left.why) == ("", "", None, "standard")
        assert records.get(look, number) is None
    assert files(site) == 0
    with site.store.work() as work, pytest.raises(Refused):
        photos.hide(work, number, duty)
    with pytest.raises(Missing):
        photos.unseal(site, number, staff("director"), "想看看")


def test_a_picture_that_another_photo_shares_stays_in_the_vault(
    site: Site, photo: PhotoFactory, report: ReportFactory
) -> None:
    gone, kept = photo("red"), photo("red")
    report(photos=(kept,))

    with site.store.work() as work:
        found = records.known(work, gone)
        assert found is not None
        assert photos.abandon(work, found)
    photos.empty_scrap(site, rested_s=0)

    assert files(site) == 2
    assert as_seen(site, kept).size == (640, 480)


def test_what_is_thrown_away_while_it_comes_in_again_is_not_deleted(site: Site, photo: PhotoFactory) -> None:
    number = photo("red")
    with site.store.work() as work:
        found = records.known(work, number)
        assert found is not None
        photos.abandon(work, found)

    deleted = photos.empty_scrap(site)
    again = photo("red")

    assert deleted == 0
    photos.empty_scrap(site, rested_s=0)
    assert as_seen(site, again).size == (640, 480)


def test_files_that_no_photo_knows_are_found_and_thrown_away(site: Site, photo: PhotoFactory) -> None:
    known = photo("red")
    vault = photos.vault_of(site)
    lost = vault.put(jpeg("blue"))
    orphans = photos.Orphans()

    found = sum(orphans.look(site, vault, older_s=-1) for _ in range(256))
    photos.empty_scrap(site, rested_s=0)

    assert found == 1
    assert not vault.exists(lost)
    assert as_seen(site, known).size == (640, 480)


def test_photos_of_a_ticket_can_be_told_from_others(site: Site, photo: PhotoFactory, report: ReportFactory) -> None:
    loose, sent = photo("red"), photo("blue")
    report(photos=(sent,))

    with site.store.look() as look:
        assert incidents.tied(look, [loose, sent]) == {sent}
        assert incidents.tied(look, []) == set()


def test_an_older_address_does_not_open_what_was_locked_since(
    site: Site, photo: PhotoFactory, report: ReportFactory, staff: StaffFactory, enter: EnterFactory, clock: Any
) -> None:
    number = photo("red")
    incident = report(photos=(number,))
    duty, committee = staff("duty"), staff("committee")
    address = photos.address(site, committee, number, "large")
    clock.forward(HOUR_MS)

    with site.store.work() as work:
        incidents.move(work, incident.id, "correct", duty, category="person.lost_child")

    assert enter(committee).get(address).status_code == 403
