"""What a ticket's page says of its photos and offers: to duty, director, street, and a guard before he claims."""

from collections.abc import Callable
from html import unescape
from typing import Any

from fastapi.testclient import TestClient

from server import photos, privacy
from server.incidents import Incident
from server.kit.clock import HOUR_MS
from server.kit.site import Site
from server.photos import records
from server.safekeeping import boxes
from server.staff import Person

PhotoFactory = Callable[..., int]
StaffFactory = Callable[..., Person]
EnterFactory = Callable[[Person], TestClient]
HTML = {"accept": "text/html"}


def page(browser: TestClient, incident: Incident) -> str:
    return unescape(browser.get(f"/desk/incidents/{incident.id}").text)


def memos(site: Site) -> list[tuple[str, str]]:
    with site.store.look() as look:
        rows = look.rows("select head, said, ended from alert_memos where key like 'photo-%' order by id")
    return [(row["head"], row["said"]) for row in rows if row["ended"] is None]


def test_the_ticket_offers_every_photo_tool_to_duty_and_director(
    site: Site, report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    number, covered = photo("red"), photo("blue")
    incident = report(photos=(number, covered))
    duty, director = staff("duty", name="王芳"), staff("director")
    photos.cover(site, covered, duty, [(0, 0, 300, 300)], 0)
    with site.store.work() as work:
        records.note_reading(work, number, [(600, 600, 200, 100)])
    enter(duty).get(f"/desk/photos/{number}/large.jpg")

    for_duty, for_director = page(enter(duty), incident), page(enter(director), incident)

    for text in (for_duty, for_director):
        assert f"/desk/photos/{number}/blur" in text and f"/desk/photos/{number}/wrong" in text
        assert "建议打码 1 处" in text and "打过码" in text and "王芳 看了 1 次" in text and "加照片" in text
    assert f"/desk/holds/of/{incident.id}" in for_director and f"/desk/photos/{covered}/original" in for_director
    assert f"/desk/holds/of/{incident.id}" not in for_duty and "/original" not in for_duty


def test_who_may_not_look_reads_why_and_sees_no_broken_picture(
    report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory, walk: Any
) -> None:
    number, duty = photo(), staff("duty")
    incident = walk(report("person.lost_child", photos=(number,)), duty, "file", "dispatch")
    guard = enter(staff("prop_guard"))

    street = page(enter(staff("street", scopes=("street:songnan",))), incident)
    before = page(guard, incident)
    guard.post(f"/desk/incidents/{incident.id}/claim", data={"version": incident.version})
    after = page(guard, incident)

    for text in (street, before):
        assert "有 1 张照片" in text and "只给值班员、主任和接手的人看" in text
        assert f"/desk/photos/{number}/" not in text
    assert "先点“我来办”" in before
    assert f"/desk/photos/{number}/small.jpg" in after


def test_a_guard_who_marks_a_photo_wrong_is_not_alone_with_it(
    site: Site, report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory, walk: Any
) -> None:
    number, duty = photo(), staff("duty")
    incident = walk(report(photos=(number,)), duty, "file", "dispatch")
    guard, other = enter(staff("prop_guard", name="李师傅")), enter(staff("prop_guard"))

    for _ in range(2):
        guard.post(f"/desk/photos/{number}/wrong")
    told = memos(site)
    for_duty, listed = page(enter(duty), incident), enter(duty).get("/desk/photos/hidden").text
    foreign = other.post(f"/desk/photos/{number}/back", headers=HTML)
    back = enter(duty).post(f"/desk/photos/{number}/back", data={"to": "list"})

    ((head, said),) = told
    assert head == "照片被标为发错" and "物业秩序把照片 1标为证件或发错" in said and "起删除" in said
    assert "1 张照片标为发错" in for_duty and "李师傅" in for_duty and "点错了，放回去" in for_duty
    assert incident.number in listed and "起删除" in listed
    assert foreign.status_code == 403 and "请值班员或主任" in foreign.text
    assert "现在没有藏起来的照片" in back.text and memos(site) == []
    assert guard.get(f"/desk/photos/{number}/small.jpg").status_code == 200


def test_the_one_who_slipped_puts_it_back_and_duty_is_not_told_of_their_own_tap(
    site: Site, report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory, walk: Any
) -> None:
    number, duty = photo(), staff("duty")
    walk(report(photos=(number,)), duty, "file", "dispatch")
    guard = enter(staff("prop_guard"))

    enter(duty).post(f"/desk/photos/{number}/wrong")
    of_duty = memos(site)
    enter(duty).post(f"/desk/photos/{number}/back")
    guard.post(f"/desk/photos/{number}/wrong")
    guard.post(f"/desk/photos/{number}/back")

    assert of_duty == memos(site) == []
    assert guard.get(f"/desk/photos/{number}/small.jpg").status_code == 200


def test_what_was_hidden_in_the_evening_can_be_put_back_in_the_morning_and_a_hold_keeps_it(
    site: Site, report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory, clock: Any
) -> None:
    number, held = photo("red"), photo("blue")
    report(photos=(number,))
    incident = report("environment.garbage", photos=(held,))
    director = staff("director")
    with site.store.work() as work:
        privacy.put_hold(work, incident.id, director, "派出所来函", "30")
        for one in (number, held):
            photos.hide(work, one, director)

    clock.forward(19 * HOUR_MS)
    privacy.run(site)
    morning = enter(director).get("/desk/photos/hidden").text
    clock.forward(2 * HOUR_MS)
    privacy.run(site)
    later = enter(director).get("/desk/photos/hidden").text

    assert morning.count("放回去</button>") == 2
    assert later.count("放回去</button>") == 1 and "依法保留中，不删" in later


def test_a_photo_that_is_not_for_me_leads_back_to_its_ticket_and_to_no_fire_brigade(
    report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory, client: TestClient
) -> None:
    number = photo()
    incident = report("person.lost_child", photos=(number,))
    street = enter(staff("street", scopes=("street:songnan",)))
    stranger = enter(staff("duty", scopes=("community:yh1",)))

    pages = [street.get(f"/desk/photos/{number}/{what}", headers=HTML) for what in ("large.jpg", "blur")]
    hidden = stranger.get(f"/desk/photos/{number}/large.jpg", headers=HTML)
    odd = street.get("/desk/photos/99999999999999999999/large.jpg", headers=HTML)

    for one in pages:
        assert one.status_code == 403 and f'href="/desk/incidents/{incident.id}#photos"' in one.text
        assert "119" not in one.text and "只给值班员、主任和接手的人看" in one.text
    for one in (hidden, odd):
        assert one.status_code in {404, 422} and 'href="/desk"' in one.text
        assert incident.number not in one.text
    assert (
        "/login"
        in client.get(f"/desk/photos/{number}/large.jpg", headers=HTML, follow_redirects=False).headers["location"]
    )


def test_the_split_form_shows_no_picture_to_who_may_not_look(
    report: Any, photo: PhotoFactory, staff: StaffFactory, enter: EnterFactory
) -> None:
    incident = report("person.lost_child", photos=(photo(),))

    street = page(enter(staff("street", scopes=("street:songnan",))), incident)

    assert 'id="form-split"' in street and "带走哪几张照片" not in street


def test_a_suggestion_has_room_around_the_text_and_stays_within_the_picture() -> None:
    assert boxes.roomy((600, 600, 200, 100)) == (575, 575, 250, 150)
    assert boxes.roomy((0, 990, 1000, 10)) == (0, 982, 1000, 18)
