"""The photo card of a ticket, the notice, and consents with their version."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import incidents, photos, privacy
from server.incidents import Incident
from server.kit.errors import Invalid
from server.kit.site import Site
from server.privacy import notice
from server.staff import Person

PhotoFactory = Callable[..., int]


def card(site: Site, incident: Incident, person: Person) -> str:
    with site.store.look() as look:
        album = privacy.album(look, incident, person)
        return site.pages.text("privacy/_album.html", album=album, pictures=[], now=look.now)


def test_the_card_says_who_looked_what_was_covered_and_when_it_goes(
    site: Site,
    report: Callable[..., Incident],
    photo: PhotoFactory,
    staff: Callable[..., Person],
    enter: Callable[[Person], TestClient],
) -> None:
    first, second = photo("red"), photo("blue")
    incident = report(photos=(first, second))
    duty, director = staff("duty", name="王芳"), staff("director")
    enter(duty).get(f"/desk/photos/{first}/large.jpg")
    photos.cover(site, first, duty, [(0, 0, 300, 300)], 0)
    with site.store.work() as work:
        photos.hide(work, second, duty)

    triager, guard = card(site, incident, director), card(site, incident, staff("prop_guard"))

    assert "王芳 看了 1 次" in triager and "王芳 打了码" in triager and "打过码" in triager
    assert "发错了，已藏起来" in triager and f"/desk/photos/{second}/small.jpg" not in triager
    assert "结案后 30 天删除照片" in triager and "依法保留" in triager
    assert "王芳 看了" not in guard and "/blur" not in guard and "依法保留" not in guard


def test_who_may_not_look_reads_that_there_are_photos_and_sees_none(
    site: Site, report: Callable[..., Incident], photo: PhotoFactory, staff: Callable[..., Person]
) -> None:
    incident = report("person.lost_elder", photos=(photo(),))
    committee = staff("committee")

    before = card(site, incident, committee)
    with site.store.work() as work:
        incident = incidents.move(work, incident.id, "claim", committee)
    after = card(site, incident, committee)

    assert "有 1 张照片" in before and "<img" not in before
    assert "<img" in after


def test_an_ended_ticket_without_photos_has_no_card(
    site: Site, report: Callable[..., Incident], staff: Callable[..., Person], walk: Callable[..., Incident]
) -> None:
    director = staff("director")

    assert card(site, walk(report(), director, "reject"), director).strip() == ""


def test_the_notice_says_what_holds_in_this_community(
    client: TestClient, site: Site, staff: Callable[..., Person]
) -> None:
    director = staff("director")
    with site.store.work() as work:
        privacy.set_days(work, director, "sn10", "photos_person_days", "3")

    here = client.get("/privacy?s=sn10-north").text
    anywhere = client.get("/privacy").text
    strange = client.get("/privacy?s=<script>").text

    assert "人的照片：结案后 3 天" in here and "淞南十村居委会" in here and "tel:021-5555-0110" in here
    assert "人的照片：结案后 7 天" in anywhere and "人的照片：结案后 7 天" in strange
    assert client.get("/privacy/1").status_code == 200
    assert client.get("/privacy/999").status_code == 404


@pytest.mark.parametrize("version", notice.versions())
def test_every_version_of_the_notice_can_be_filled_in(version: int) -> None:
    words = dict.fromkeys(("who", "phone", "person", "standard", "evidence", "sealed", "checkin"), "7")

    sections = notice.versions()[version].filled(words)

    assert len(sections) >= 5
    assert not any("{" in line for section in sections for line in section.lines)


def test_consent_is_kept_with_the_version_that_was_shown_and_can_be_taken_back(site: Site) -> None:
    version = privacy.current_notice().version

    with site.store.work() as work:
        first = privacy.consent(work, "rider:1", "profile", version)
        again = privacy.consent(work, "rider:1", "profile", version)
        with pytest.raises(Invalid):
            privacy.consent(work, "rider:1", "profile", version + 1)
        with pytest.raises(Invalid):
            privacy.consent(work, "rider:1", "No Such", version)
        known = privacy.consented(work, "rider:1", "profile")
        foreign = privacy.consented(work, "rider:2", "profile")
        taken_back = privacy.withdraw_consent(work, "rider:1", "profile")
        left = privacy.consented(work, "rider:1", "profile")

    assert first == again
    assert known is not None and known.version == version
    assert (foreign, taken_back, left) == (None, True, None)
