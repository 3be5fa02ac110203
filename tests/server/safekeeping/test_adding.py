"""The desk's own photo door: staff add photos to a ticket they work on, as safely as riders send theirs."""

import io
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from server import incidents, photos, privacy
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.staff import Person
from tests.server.privacy.conftest import jpeg


@pytest.fixture
def at_work(report: Any, photo: Any, staff: Any, walk: Any) -> Incident:
    """A ticket with a rider's photo, in the guards' hands."""
    made: Incident = walk(report(photos=(photo("red"),)), staff("duty"), "file", "dispatch")
    return made


@pytest.fixture
def guard(staff: Callable[..., Person]) -> Person:
    return staff("prop_guard", name="李师傅")


def send(
    browser: TestClient, incident: Incident, *colours: str, then: str = "", words: str = "", version: int | None = None
) -> Any:
    files = [("photos", (f"{colour}.jpg", jpeg(colour), "image/jpeg")) for colour in colours]
    data = {"words": words, "version": str(incident.version if version is None else version)}
    return browser.post(
        f"/desk/photos/of/{incident.id}{'?then=' + then if then else ''}",
        data=data, files=files or None, follow_redirects=False,
    )  # fmt: skip


def added(site: Site, incident: Incident) -> list[tuple[int, str]]:
    with site.store.look() as look:
        return [(one.photo, one.by_name) for one in photos.added_to(look, incident.id)]


def notes(site: Site, incident: Incident) -> list[tuple[str, str, str]]:
    with site.store.look() as look:
        return [(step.by, step.move, step.note) for step in incidents.history(look, incident.id)][3:]


def test_a_guard_adds_photos_and_the_history_says_who_and_how_many(
    site: Site, at_work: Incident, guard: Person, enter: Any, staff: Any
) -> None:
    browser = enter(guard)

    answer = send(browser, at_work, "green", "blue", words="挪走以前")
    page = unescape(enter(staff("duty")).get(f"/desk/incidents/{at_work.id}").text)

    assert answer.headers["location"] == f"/desk/incidents/{at_work.id}?said=photos#photos"
    assert [name for _, name in added(site, at_work)] == ["李师傅", "李师傅"]
    assert notes(site, at_work) == [("李师傅", "note", "加了 2 张现场照片：挪走以前")]
    assert "现场照片 2" in page and "物业秩序 李师傅" in page and "骑手看不到" in page


def test_photos_sent_twice_are_added_once_and_the_work_is_done_once(
    site: Site, at_work: Incident, guard: Person, enter: Any
) -> None:
    browser = enter(guard)

    answers = [send(browser, at_work, "green", "green", then="done", words="车挪走了") for _ in range(2)]

    said = [one.headers["location"].partition("said=")[2] for one in answers]
    assert said == ["photos_done#photos"] * 2
    assert len(added(site, at_work)) == 1
    assert notes(site, at_work) == [("李师傅", "done", "车挪走了"), ("李师傅", "note", "加了 1 张现场照片")]


def test_words_with_photos_that_are_there_already_are_written_down_once(
    site: Site, at_work: Incident, guard: Person, enter: Any
) -> None:
    browser = enter(guard)
    send(browser, at_work, "green", words="挪走以前")

    for _ in range(2):
        send(browser, at_work, "green", words="车主答应明天来")

    assert [note for _, _, note in notes(site, at_work)] == ["加了 1 张现场照片：挪走以前", "车主答应明天来"]


def test_staffs_photos_are_no_part_of_the_receipt_nor_of_what_the_reporter_may_still_send(
    site: Site, at_work: Incident, guard: Person, enter: Any, client: TestClient
) -> None:
    before = client.get(f"/r/{at_work.receipt}").text
    send(enter(guard), at_work, "green", "blue", "yellow", "black", "white", "gray", words="门口第二棵树")

    with site.store.look() as look:
        counted = incidents.photo_counts(look, [at_work.id])
    after = client.get(f"/r/{at_work.receipt}").text

    assert counted == {at_work.id: 1}
    assert len(added(site, at_work)) == 6
    assert "门口第二棵树" not in after and "现场照片" not in after
    assert before.count("照片") == after.count("照片")


def test_a_staff_photo_is_stripped_turned_upright_and_has_the_same_locks_and_view_log(
    site: Site, report: Any, staff: Any, enter: Any
) -> None:
    child, duty = report("person.lost_child"), staff("duty", name="王芳")
    picture = Image.new("RGB", (640, 480), "green")
    exif = picture.getexif()
    exif[0x0112], exif[0x010F] = 6, "a camera that knows"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    sent = {"photos": ("x.jpg", out.getvalue(), "image/jpeg")}
    browser, street = enter(duty), enter(staff("street", scopes=("street:songnan",)))

    browser.post(f"/desk/photos/of/{child.id}", files=sent)
    refused = street.post(f"/desk/photos/of/{child.id}", files=sent)
    ((number, _),) = added(site, child)
    seen = browser.get(f"/desk/photos/{number}/large.jpg")
    locked = street.get(f"/desk/photos/{number}/large.jpg")

    shown = Image.open(io.BytesIO(seen.content))
    assert shown.size == (480, 640) and not shown.getexif() and b"camera" not in seen.content
    assert (refused.status_code, locked.status_code) == (403, 403) and "我来办" in unescape(refused.text)
    assert "王芳 看了 1 次" in unescape(browser.get(f"/desk/incidents/{child.id}").text)


def test_staffs_photos_are_kept_as_long_as_the_others_and_held_with_them(
    site: Site, at_work: Incident, guard: Person, enter: Any, walk: Any, staff: Any, clock: Any
) -> None:
    send(enter(guard), at_work, "green", then="done")
    walk(at_work, staff("director"), "verify", "close")
    ((number, _),) = added(site, at_work)

    clock.forward(29 * DAY_MS)
    privacy.run(site)
    with site.store.look() as look:
        early = photos.known(look, number)
    clock.forward(2 * DAY_MS)
    privacy.run(site)
    with site.store.look() as look:
        late = photos.known(look, number)

    assert early is not None and early.gone is None
    assert late is not None and late.why == "standard"


def test_what_is_no_photo_is_refused_in_plain_words_that_keep_what_was_typed(
    site: Site, at_work: Incident, guard: Person, enter: Any
) -> None:
    browser, here = enter(guard), f"/desk/photos/of/{at_work.id}"
    script = ("photos", ("x.jpg", b"<script>alert(1)</script>", "image/jpeg"))
    good = ("photos", ("y.jpg", jpeg("green"), "image/jpeg"))

    bad = browser.post(here, data={"words": "挪了<b>"}, files=[script])
    nothing = browser.post(here, data={"words": "挪了"})
    long = browser.post(here, data={"words": "长" * 451}, files=[good])
    mixed = browser.post(here, data={"words": "挪了"}, files=[script, good], follow_redirects=False)

    assert bad.status_code == 422 and "这个文件不是照片" in bad.text and "挪了&lt;b&gt;" in bad.text
    assert "直接发" not in bad.text, "a rider's way out is none for a guard"
    assert nothing.status_code == 422 and "请选照片" in nothing.text and "挪了" in nothing.text
    assert long.status_code == 422 and "长" * 451 in long.text
    assert mixed.status_code == 409 and "第 1 张没有加" in mixed.text and "加上了 1 张" in mixed.text
    assert len(added(site, at_work)) == 1
    assert notes(site, at_work)[-1] == ("李师傅", "note", "加了 1 张现场照片：挪了")


def test_somebody_elses_move_does_not_cost_the_photos_nor_the_words(
    site: Site, at_work: Incident, guard: Person, enter: Any, staff: Any, walk: Any
) -> None:
    walk(at_work, staff("director", name="周主任"), "done")

    answer = send(enter(guard), at_work, "green", then="done", words="车挪走了")

    assert answer.status_code == 409 and "“处理完成”没有报上" in answer.text and "周主任" in answer.text
    assert len(added(site, at_work)) == 1
    assert notes(site, at_work)[-1] == ("李师傅", "note", "加了 1 张现场照片：车挪走了")


def test_there_is_an_end_to_the_photos_of_a_ticket_and_to_who_adds_them(
    site: Site, at_work: Incident, guard: Person, enter: Any, staff: Any, walk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.photos.added.actions.MOST_ADDED", 2)
    browser = enter(guard)

    some = send(browser, at_work, "green", "blue", "black")
    full = send(browser, at_work, "white", words="还有一张")
    engineer = send(enter(staff("prop_eng")), at_work, "white")
    ended = walk(walk(at_work, staff("duty"), "done"), staff("director"), "verify", "close")
    late = send(browser, ended, "gray", words="晚了")

    assert some.status_code == 409 and "多出来的 1 张没有加" in some.text
    assert full.status_code == 409 and "不能再加了" in full.text
    assert engineer.status_code == 404
    assert late.status_code == 409 and "工单不再加照片" in late.text and "晚了" in late.text
    assert len(added(site, at_work)) == 2


def test_an_address_that_names_no_ticket_is_no_fault_of_ours(enter: Any, guard: Person) -> None:
    browser = enter(guard)

    answers = [
        browser.get(f"/desk/photos/of/{number}", headers={"accept": "text/html"}).status_code
        for number in ("4711", "0", "9" * 30, "x")
    ]

    assert answers == [404, 422, 422, 422]


def test_the_door_is_shut_to_who_is_not_logged_in(client: TestClient, at_work: Incident) -> None:
    answer = send(client, at_work, "green")

    assert answer.status_code == 303 and answer.headers["location"].startswith("/login")
