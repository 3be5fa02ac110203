"""The desk's pages: covering, hiding, holding, retention, and a person's own data; with no script at all."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image

from server import parking, photos, privacy
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.photos import records
from server.staff import Person

PhotoFactory = Callable[..., int]
ReportFactory = Callable[..., Incident]
StaffFactory = Callable[..., Person]
EnterFactory = Callable[[Person], TestClient]


def covered(site: Site, number: int, box: tuple[int, int, int, int]) -> bool:
    """Whether there is a mosaic within these pixels: the photos of these tests are of one colour."""
    with site.store.look() as look:
        found = records.get(look, number)
    assert found is not None
    picture = Image.open(io.BytesIO(photos.vault_of(site).get(found.large))).crop(box)
    return max(high - low for low, high in picture.getextrema()) > 20


def test_ticked_squares_are_covered_and_the_page_says_so(
    site: Site, report: ReportFactory, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo()
    report(photos=(number,))
    desk = enter(staff("duty"))
    page = desk.get(f"/desk/photos/{number}/blur")

    saved = desk.post(f"/desk/photos/{number}/blur", data={"rounds": 0, "cell": ["0,0", "1,0"], "part": "bottom"})

    assert 'name="cell" value="11,8"' in page.text
    assert "打好码了" in saved.text and "盖了 2 处" in saved.text and "原图封存着" in saved.text
    assert covered(site, number, (0, 0, 100, 50))
    assert covered(site, number, (0, 330, 640, 480))
    assert not covered(site, number, (140, 96, 640, 280))


def test_a_page_that_was_overtaken_or_empty_says_why_and_keeps_what_was_drawn(
    site: Site, report: ReportFactory, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo()
    report(photos=(number,))
    duty = staff("duty")
    desk = enter(duty)
    photos.cover(site, number, duty, [(0, 0, 100, 100)], 0)

    late = desk.post(f"/desk/photos/{number}/blur", data={"rounds": 0, "drawn": "500,500,100,100"})
    empty = desk.post(f"/desk/photos/{number}/blur", data={"rounds": 1})
    hostile = desk.post(f"/desk/photos/{number}/blur", data={"rounds": 1, "drawn": '"><script>1,1,1,1'})

    assert (late.status_code, empty.status_code, hostile.status_code) == (409, 422, 422)
    assert 'value="500,500,100,100"' in late.text and "刚刚有人" in late.text
    assert "<script>1" not in hostile.text
    with site.store.look() as look:
        found = records.known(look, number)
        assert found is not None and found.rounds == 1


def test_who_does_not_triage_has_no_blur_page_and_the_locked_have_none_either(
    report: ReportFactory, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    open_one, locked = photo("red"), photo("blue")
    report("parking.fire_lane", photos=(open_one,))
    report("person.lost_elder", photos=(locked,))

    answers = [
        enter(staff("prop_guard")).get(f"/desk/photos/{open_one}/blur").status_code,
        enter(staff("committee")).get(f"/desk/photos/{locked}/blur").status_code,
        enter(staff("duty", scopes=("community:yh1",))).get(f"/desk/photos/{open_one}/blur").status_code,
    ]

    assert answers[1:] == [403, 404]
    assert answers[0] in {403, 404}


def test_only_a_director_with_a_reason_sees_the_original(
    site: Site, report: ReportFactory, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo()
    report(photos=(number,))
    duty, director = staff("duty"), staff("director")
    photos.cover(site, number, duty, [(0, 0, 1000, 1000)], 0)

    refused = enter(duty).post(f"/desk/photos/{number}/original", data={"reason": "想看"})
    silent = enter(director).post(f"/desk/photos/{number}/original", data={"reason": ""})
    seen = enter(director).post(f"/desk/photos/{number}/original", data={"reason": "核对车牌"})

    assert (refused.status_code, silent.status_code) == (403, 422)
    assert seen.headers["content-type"] == "image/jpeg"


def test_one_tap_hides_a_document_and_one_brings_it_back(
    site: Site, report: ReportFactory, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number = photo()
    incident = report(photos=(number,))
    desk = enter(staff("duty"))

    hidden = desk.post(f"/desk/photos/{number}/wrong", follow_redirects=False)
    gone = desk.get(f"/desk/photos/{number}/small.jpg")
    no_blur = desk.get(f"/desk/photos/{number}/blur")
    desk.post(f"/desk/photos/{number}/back", follow_redirects=False)

    assert hidden.headers["location"] == f"/desk/incidents/{incident.id}#photos"
    assert (gone.status_code, no_blur.status_code) == (404, 409)
    assert desk.get(f"/desk/photos/{number}/small.jpg").status_code == 200


def test_the_retention_page_shows_settings_a_dry_run_the_log_and_the_holds(
    site: Site,
    report: ReportFactory,
    walk: Callable[..., Incident],
    photo: PhotoFactory,
    staff: StaffFactory,
    enter: EnterFactory,
    clock: Any,
) -> None:
    duty, director = staff("duty"), staff("director", name="王主任")
    due, held = report(photos=(photo("red"),)), report(photos=(photo("blue"),))
    for one in (due, held):
        walk(one, duty, "reject")
    clock.forward(31 * DAY_MS)
    desk = enter(director)
    desk.post(f"/desk/holds/of/{held.id}", data={"why": "派出所来函", "days": "60"}, follow_redirects=False)

    trial = desk.get("/desk/retention?trial=1").text
    wrong = desk.post("/desk/retention/days", data={"community": "sn10", "name": "photos_person_days", "days": "500"})
    saved = desk.post("/desk/retention/days", data={"community": "sn10", "name": "photos_person_days", "days": "5"})
    privacy.run(site)
    after = desk.get("/desk/retention").text

    assert due.number in trial and "另有 1 张到期了" in trial and "一般，到期" in trial
    assert wrong.status_code == 422 and 'value="500"' in wrong.text
    assert "王主任" in saved.text and 'value="5"' in saved.text
    assert "派出所来函" in after and "一般，到期" in after
    assert enter(duty).get("/desk/retention").status_code == 403


def test_a_copy_and_a_deletion_take_one_page_and_a_tick(
    site: Site,
    report: ReportFactory,
    walk: Callable[..., Incident],
    photo: PhotoFactory,
    staff: StaffFactory,
    enter: EnterFactory,
) -> None:
    incident = report(photos=(photo(),), words="我的原话")
    duty = staff("duty")
    walk(incident, duty, "reject")
    desk = enter(staff("director"))
    typed = {"receipts": incident.receipt, "phone": ""}

    found = desk.post("/desk/privacy", data=typed)
    unsure = desk.post("/desk/privacy/erase", data=typed)
    copy = desk.post("/desk/privacy/export", data={**typed, "sure": "1"})
    erased = desk.post("/desk/privacy/erase", data={**typed, "sure": "1"})
    nothing = desk.post("/desk/privacy", data={"receipts": "<script>alert(1)</script>", "phone": ""})

    assert incident.number in found.text
    assert unsure.status_code == 422 and "先核对是不是本人" in unsure.text
    assert "说明.txt" in zipfile.ZipFile(io.BytesIO(copy.content)).namelist()
    assert "删除了：" in erased.text and incident.receipt not in erased.text
    assert nothing.status_code == 404 and "<script>alert" not in nothing.text
    assert enter(duty).get("/desk/privacy").status_code == 403


def test_a_number_that_no_report_knows_is_found_where_it_does_stand(
    site: Site, staff: StaffFactory, enter: EnterFactory
) -> None:
    director = staff("director")
    with site.store.work() as work:
        parking.save_family(work, director, "sn10", "17", "周奶奶家", "13912345678", alone=True)
    desk = enter(director)
    typed = {"receipts": "", "phone": "139 1234 5678"}

    found = desk.post("/desk/privacy", data=typed)
    erased = desk.post("/desk/privacy/erase", data={**typed, "sure": "1"})
    after = desk.post("/desk/privacy", data=typed)

    assert "停车券名单 1" in found.text and "全部删除" in found.text
    assert "停车券名单 1 处" in erased.text
    assert "没有找到。" in after.text
