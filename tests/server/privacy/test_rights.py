"""A person's copy and deletion: complete, without other people, logged without content."""

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from server import incidents, photos, privacy, questions, ratings, routing, search
from server.features import FEATURES
from server.incidents import Incident
from server.incidents.redaction import reword_facts
from server.intake import Intake
from server.kit.clock import now_ms
from server.kit.errors import Invalid, Missing, Refused
from server.kit.personal import ERASED, NUMBER_ERASED, Gathering
from server.kit.site import Site
from server.privacy import By
from server.privacy.rights import settle
from server.questions import asking
from server.search.actions import wipe
from server.staff import Person

PhotoFactory = Callable[..., int]
WALK = ("file", "dispatch", "done", "verify", "close")
PHONE = "13812348000"
SECRET = "我住三号楼五零二，蓝色电瓶车"
HERE = By(None, "王主任", "主任", frozenset({"sn10"}))


@pytest.fixture
def people(staff: Callable[..., Person]) -> dict[str, Person]:
    return {"duty": staff("duty"), "director": staff("director"), "other": staff("committee")}


@pytest.fixture
def story(
    site: Site,
    report: Callable[..., Incident],
    walk: Callable[..., Incident],
    photo: PhotoFactory,
    people: dict[str, Person],
) -> tuple[Incident, int]:
    """A report with words, place, photo and chips; a question answered; closed, rated badly, done again and closed."""
    number, duty, other = photo(), people["duty"], people["other"]
    incident = report(
        "parking.fire_lane", photos=(number,), words=SECRET, place="三号楼五零二门口", answers={"waiting": "no"}
    )
    walk(incident, duty, "file", "dispatch")
    with site.store.work() as work:
        incidents.move(work, incident.id, "correct", duty, place="北门口")
        question = questions.ask(work, incident.id, duty, "什么颜色的车？")
        asking.answer(work, question.id, "", "蓝色电瓶车，我的号码 138-1234-8000")
    walk(incident, duty, "done")
    walk(incident, other, "verify", "close")
    with site.store.work() as work:
        ratings.rate(work, incident.receipt, "bad", "蓝色电瓶车还在")
    with site.store.work() as work:
        incidents.move(work, incident.id, "done", other, note="回电 138 1234 8000，已挪走")
    return walk(incident, duty, "verify", "close"), number


def everything(site: Site) -> str:
    """Every word of the database, as somebody with a copy of the file would read it."""
    with sqlite3.connect(site.data / "changxiaozhan.db") as connection:
        return "\n".join(connection.iterdump())


def test_a_copy_holds_what_the_person_said_and_was_told_with_a_readme(site: Site, story: tuple[Incident, int]) -> None:
    incident, number = story

    package = zipfile.ZipFile(io.BytesIO(privacy.export(site, HERE, [incident.receipt], "")))

    data = json.loads(package.read("数据.json"))
    assert data["上报"][0]["原话"] == SECRET
    assert data["问答"][0]["答"].startswith("蓝色电瓶车")
    assert data["表单里的回答"] == [{"问题": "waiting", "回答": "no"}]
    assert data["评价"] == [{"评价": "bad", "说": "蓝色电瓶车还在"}]
    assert "回电" not in json.dumps(data, ensure_ascii=False)
    assert package.read(f"photos/{incident.number}-{number}.jpg").startswith(b"\xff\xd8\xff")
    assert "打成了这个包" in package.read("说明.txt").decode()


def test_photos_of_people_in_need_are_in_no_copy(
    site: Site, report: Callable[..., Incident], walk: Callable[..., Incident], photo: PhotoFactory
) -> None:
    incident = report("person.lost_child", photos=(photo(),), words="一个小孩")

    package = zipfile.ZipFile(io.BytesIO(privacy.export(site, HERE, [incident.receipt], "")))

    assert [name for name in package.namelist() if name.startswith("photos/")] == []
    assert "不给出" in package.read("数据.json").decode()


def test_deleting_takes_the_persons_words_out_of_everything_and_leaves_the_course_of_things(
    site: Site, story: tuple[Incident, int]
) -> None:
    incident, number = story
    with site.store.look() as look:
        before = [(step.at, step.move, step.by) for step in incidents.history(look, incident.id)]

    counts = privacy.erase(site, HERE, [incident.receipt], PHONE)
    photos.empty_scrap(site, rested_s=0)

    kept = everything(site)
    for said in (SECRET, "三号楼五零二", "蓝色电瓶车", "1234-8000", "1234 8000", PHONE):
        assert said not in kept
    with site.store.look() as look:
        left = incidents.get(look, incident.id)
        history = incidents.history(look, incident.id)
        assert left is not None
        assert (left.words, left.place, left.state) == (ERASED, "北门口", "closed")
        assert [(step.at, step.move, step.by) for step in history[:-1]] == before
        assert (history[-1].move, history[-1].by) == ("redact", "王主任")
        assert any(NUMBER_ERASED in step.note and "已挪走" in step.note for step in history)
        assert search.find(look, ["sn10"], "蓝色电瓶车") == []
        route = routing.route_of(look, incident.id)
        assert route is not None and route.answers == {}
        gone = photos.known(look, number)
        assert gone is not None and gone.why == "asked"
    assert not list((site.data / "photos").rglob("*.jpg"))
    assert counts["照片"] == 1
    with site.store.look() as look:
        assert photos.there(look, incidents.photos(look, incident.id)) == 0
        assert privacy.find(look, HERE, [incident.receipt], "").photos == 0


def test_the_deed_is_logged_without_what_was_deleted(site: Site, story: tuple[Incident, int]) -> None:
    incident, _ = story

    privacy.erase(site, HERE, [incident.receipt], PHONE)

    with site.store.look() as look:
        (deed,) = privacy.deeds(look, ["sn10"])
        foreign = privacy.deeds(look, ["yh1"])
    assert (deed.by_name, deed.deed, deed.tickets, deed.phone) == (
        "王主任", "删除了", (incident.number,), "138****8000",
    )  # fmt: skip
    assert foreign == []
    assert incident.receipt not in repr(deed)


def test_deleting_twice_deletes_once(site: Site, story: tuple[Incident, int]) -> None:
    incident, _ = story

    first = privacy.erase(site, HERE, [incident.receipt], PHONE)
    again = privacy.erase(site, HERE, [incident.receipt], PHONE)

    assert first and again == {}
    with site.store.look() as look:
        assert [step.move for step in incidents.history(look, incident.id)].count("redact") == 1


def test_afterwards_the_history_is_append_only_again(site: Site, story: tuple[Incident, int]) -> None:
    incident, _ = story
    privacy.erase(site, HERE, [incident.receipt], "")

    with site.store.work() as work, pytest.raises(sqlite3.IntegrityError):
        work.run("update incident_steps set note = 'x' where incident = ?", (incident.id,))


def test_a_deletion_that_fails_midway_changes_nothing_and_leaves_the_history_guarded(
    site: Site, story: tuple[Incident, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    incident, _ = story

    def crash(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("server.privacy.records.add_deed", crash)
    with pytest.raises(RuntimeError):
        privacy.erase(site, HERE, [incident.receipt], PHONE)

    assert SECRET in everything(site)
    with site.store.work() as work, pytest.raises(sqlite3.IntegrityError):
        work.run("update incident_steps set note = 'x'")


def test_what_is_still_worked_on_or_held_is_not_deleted(
    site: Site, report: Callable[..., Incident], story: tuple[Incident, int], people: dict[str, Person]
) -> None:
    incident, _ = story
    still_open = report(words="别的事")
    with site.store.work() as work:
        privacy.put_hold(work, incident.id, people["director"], "派出所来函", "30")

    with pytest.raises(Refused, match="还在办"):
        privacy.erase(site, HERE, [still_open.receipt], "")
    with pytest.raises(Refused, match="派出所来函"):
        privacy.erase(site, HERE, [incident.receipt], "")

    assert SECRET in everything(site)


def test_a_number_alone_finds_the_tickets_that_hold_it_and_only_the_number_goes(
    site: Site, report: Callable[..., Incident], walk: Callable[..., Incident], people: dict[str, Person]
) -> None:
    incident = report(words="车主电话１３８－１２３４－８０００，另一个 138123480001 不是")
    walk(incident, people["duty"], "reject")

    privacy.erase(site, HERE, [], "+86 138 1234 8000")

    with site.store.look() as look:
        left = incidents.get(look, incident.id)
    assert left is not None
    assert left.words == f"车主电话{NUMBER_ERASED}，另一个 138123480001 不是"


def test_whoever_knows_a_number_adds_its_tickets(
    site: Site, report: Callable[..., Incident], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, foreign = report(words="我的"), report(words="别处的", station="yh1-gate")

    def know(work: Any, event: Gathering) -> None:
        if event.phone == PHONE:
            event.tickets |= {mine.id, foreign.id}

    monkeypatch.setitem(site.store._hears, Gathering, [know])
    with site.store.look() as look:
        found = privacy.find(look, HERE, [], PHONE)

    assert [one.id for one in found.tickets] == [mine.id]


def test_a_receipt_of_another_community_is_not_found(site: Site, report: Callable[..., Incident]) -> None:
    foreign = report(station="yh1-gate")

    with site.store.look() as look:
        with pytest.raises(Missing):
            privacy.find(look, HERE, [foreign.receipt], "")
        with pytest.raises(Missing):
            privacy.find(look, HERE, ["no such receipt"], "")
        with pytest.raises(Invalid):
            privacy.find(look, HERE, [" "], "")
        with pytest.raises(Invalid):
            privacy.find(look, HERE, [], "021-5555-0110")


def test_words_that_staff_took_into_a_ticket_of_its_own_go_too(
    site: Site, report: Callable[..., Incident], walk: Callable[..., Incident], people: dict[str, Person]
) -> None:
    incident = report(words=SECRET)
    duty = people["duty"]
    with site.store.work() as work:
        split = incidents.split(work, incident.id, duty, version=incident.version, category="facility.light")
    for one in (incident, split):
        walk(one, duty, "reject")

    privacy.erase(site, HERE, [incident.receipt], "")

    assert SECRET not in everything(site)


def test_words_typed_at_a_kiosk_leave_the_mailbox_too(site: Site, walk: Callable[..., Incident], people: Any) -> None:
    body = {
        "id": "kiosk-report-0001", "station": "sn10-north", "category": "parking.fire_lane", "words": SECRET,
        "place": "三号楼五零二门口", "receipt": "abcdefghjkmn",
    }  # fmt: skip
    sent = StoredFact(
        "kiosk-01", Lane.EVENT, "k7Q2mZx0aB", 1, "report", None, "none", "boot", 1, body, {"note": SECRET}, "d" * 32,
        now_ms(), "ok", None,
    )  # fmt: skip
    site.mailbox.commit(Batch(facts=[sent]))
    Intake(site, FEATURES).read()
    with site.store.look() as look:
        incident = incidents.by_receipt(look, "abcdefghjkmn")
    walk(incident, people["duty"], "reject")

    privacy.erase(site, HERE, ["abcdefghjkmn"], "")
    reword_facts(site)
    reword_facts(site)

    kept = site.mailbox.fact_at("kiosk-01", "k7Q2mZx0aB", 1)
    assert kept is not None
    assert (kept.body["words"], kept.body["place"], kept.more) == (ERASED, ERASED, {})
    assert (kept.body["category"], kept.digest) == ("parking.fire_lane", sent.digest)


def test_after_a_deletion_the_databases_hold_not_a_byte_of_it(
    site: Site, report: Callable[..., Incident], walk: Callable[..., Incident], people: dict[str, Person]
) -> None:
    """`iterdump` reads rows; somebody with the files reads bytes."""
    incident = report(words=f"龘龗家的车，电话 {PHONE}", place="龘龗楼下")
    walk(incident, people["duty"], "reject")
    for one in range(30):
        report(words=f"别的事 {one}")

    def bytes_left() -> list[str]:
        # The index keeps words without the letters they share with their neighbours.
        signs = [PHONE.encode(), PHONE[3:].encode(), "龘龗".encode()]
        files = [path for path in sorted(site.data.iterdir()) if path.name.startswith("changxiaozhan.db")]
        return [path.name for path in files if any(sign in path.read_bytes() for sign in signs)]

    before = bytes_left()
    privacy.erase(site, HERE, [incident.receipt], PHONE)
    wipe(site)
    settle(site)

    assert before
    assert bytes_left() == []
    with site.store.look() as look:
        assert len(search.find(look, ["sn10"], "别的事")) == 30


def test_the_copy_says_where_and_by_what_the_camera_knew_of_a_photo(
    site: Site, client: TestClient, report: Callable[..., Incident]
) -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x8769] = {0x9003: "2026:11:20 12:19:00"}
    exif[0x8825] = {1: "N", 2: (31.0, 21.0, 10.44), 3: "E", 4: (121.0, 29.0, 12.48)}
    Image.new("RGB", (640, 480), "red").save(out, "JPEG", exif=exif)
    stored = photos.take(site, out.getvalue())
    with site.store.work() as work:
        number = photos.keep(work, stored)
    incident = report(photos=(number,))

    package = zipfile.ZipFile(io.BytesIO(privacy.export(site, HERE, [incident.receipt], "")))

    data = json.loads(package.read("数据.json"))
    (row,) = data["照片"]
    assert row["相机上的时间"].startswith("2026-11-20")
    assert row["相机上的位置"].startswith("31.352900, 121.486800")
    assert "北门站" in data["上报"][0]["小站"]
