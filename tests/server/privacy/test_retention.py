"""Nothing is kept longer than was said, nothing is deleted that is held, and the log says how much went."""

from collections.abc import Callable
from typing import Any

import pytest

from server import checkins, incidents, photos, privacy, stations
from server.incidents import Incident
from server.kit.clock import DAY_MS, HOUR_MS
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.photos import records
from server.privacy import retention
from server.staff import Person

PhotoFactory = Callable[..., int]
WALK = ("file", "dispatch", "done", "verify", "close")


def gone(site: Site, number: int) -> str:
    """Why a photo is gone; empty while it is there."""
    with site.store.look() as look:
        found = records.known(look, number)
    return "never sent" if found is None else found.why


@pytest.fixture
def people(staff: Callable[..., Person]) -> dict[str, Person]:
    return {"duty": staff("duty"), "director": staff("director"), "other": staff("committee")}


@pytest.fixture
def closed(
    report: Callable[..., Incident], walk: Callable[..., Incident], people: dict[str, Person], photo: PhotoFactory
) -> Callable[..., tuple[Incident, int]]:
    """A closed ticket of this category, and its photo."""

    def make(category: str = "parking.fire_lane", colour: str = "red") -> tuple[Incident, int]:
        number = photo(colour)
        incident = report(category, photos=(number,))
        walk(incident, people["duty"], *WALK[:3])
        return walk(incident, people["other"], *WALK[3:]), number

    return make


def test_photos_go_when_their_category_says_and_each_purge_is_counted(
    site: Site, closed: Callable[..., tuple[Incident, int]], clock: Any
) -> None:
    (_, person), (_, standard), (_, evidence) = (
        closed("person.elder_needs_help", "red"),
        closed("parking.fire_lane", "blue"),
        closed("charging.corridor", "green"),
    )

    after = {}
    for day in (6, 8, 31, 91):
        clock.forward((day - max(after, default=0)) * DAY_MS)
        retention.run(site)
        after[day] = [gone(site, number) for number in (person, standard, evidence)]

    assert after == {
        6: ["", "", ""],
        8: ["person", "", ""],
        31: ["person", "standard", ""],
        91: ["person", "standard", "evidence"],
    }
    with site.store.look() as look:
        log = [(row["kind"], row["community"], row["number"]) for row in privacy.purges(look, ["sn10"])]
    assert sorted(log) == [("evidence", "sn10", 1), ("person", "sn10", 1), ("standard", "sn10", 1)]


def test_a_dry_run_says_what_would_go_and_deletes_nothing(
    site: Site, closed: Callable[..., tuple[Incident, int]], photo: PhotoFactory, clock: Any
) -> None:
    incident, number = closed()
    photo("blue")
    clock.forward(31 * DAY_MS)

    with site.store.look() as look:
        report = privacy.rehearse(look)

    assert report.counts == {("standard", "sn10"): 1, ("abandoned", ""): 1}
    assert [(line.number, line.kind, line.count) for line in report.lines()] == [(incident.number, "standard", 1)]
    assert gone(site, number) == ""


def test_while_a_hold_is_in_force_nothing_of_its_ticket_is_deleted(
    site: Site, closed: Callable[..., tuple[Incident, int]], people: dict[str, Person], clock: Any
) -> None:
    incident, number = closed()
    director = people["director"]
    with site.store.work() as work:
        hold = privacy.put_hold(work, incident.id, director, "派出所来函", "60")
        with pytest.raises(Refused):
            privacy.put_hold(work, incident.id, director, "又一封", "60")
        photos.hide(work, number, people["duty"])

    clock.forward(59 * DAY_MS)
    held = retention.run(site)
    still_there = gone(site, number)
    with site.store.work() as work:
        privacy.lift_hold(work, hold.id, director)
        privacy.lift_hold(work, hold.id, director)
    retention.run(site)

    assert (held.held, still_there) == (1, "")
    assert gone(site, number) == "wrong"


def test_a_hold_ends_by_itself_on_its_day(
    site: Site, closed: Callable[..., tuple[Incident, int]], people: dict[str, Person], clock: Any
) -> None:
    incident, number = closed()
    with site.store.work() as work:
        privacy.put_hold(work, incident.id, people["director"], "派出所来函", "60")

    clock.forward(61 * DAY_MS)
    retention.run(site)

    assert gone(site, number) == "standard"


def test_a_hold_needs_a_director_a_reason_and_a_day(
    site: Site, report: Callable[..., Incident], people: dict[str, Person], staff: Callable[..., Person]
) -> None:
    incident, stranger = report(), staff("director", scopes=("community:yh1",))

    with site.store.work() as work:
        with pytest.raises(Forbidden):
            privacy.put_hold(work, incident.id, people["duty"], "派出所来函", "60")
        with pytest.raises(Invalid):
            privacy.put_hold(work, incident.id, people["director"], "", "60")
        with pytest.raises(Invalid):
            privacy.put_hold(work, incident.id, people["director"], "派出所来函", "9999")
        with pytest.raises(Missing):
            privacy.put_hold(work, incident.id, stranger, "派出所来函", "60")


def test_a_wrongly_sent_document_is_deleted_within_a_day_with_its_sealed_original(
    site: Site, report: Callable[..., Incident], photo: PhotoFactory, people: dict[str, Person], clock: Any
) -> None:
    number = photo()
    report(photos=(number,))
    photos.cover(site, number, people["duty"], [(0, 0, 300, 300)], 0)
    with site.store.work() as work:
        photos.hide(work, number, people["duty"])

    clock.forward(19 * HOUR_MS)
    retention.run(site)
    early = gone(site, number)
    clock.forward(2 * HOUR_MS)
    retention.run(site)
    photos.empty_scrap(site, rested_s=0)

    assert (early, gone(site, number)) == ("", "wrong")
    assert not list((site.data / "photos").rglob("*.jpg"))


def test_the_sealed_original_goes_and_the_covered_picture_stays(
    site: Site, report: Callable[..., Incident], photo: PhotoFactory, people: dict[str, Person], clock: Any
) -> None:
    number = photo()
    report(photos=(number,))
    photos.cover(site, number, people["duty"], [(0, 0, 300, 300)], 0)

    clock.forward(8 * DAY_MS)
    retention.run(site)

    with site.store.look() as look:
        assert records.seal(look, number) is None
        assert records.get(look, number) is not None


def test_a_community_sets_its_own_days_and_it_stays_known_who_did(
    site: Site, closed: Callable[..., tuple[Incident, int]], people: dict[str, Person], clock: Any
) -> None:
    _, number = closed()
    with site.store.work() as work:
        with pytest.raises(Forbidden):
            privacy.set_days(work, people["duty"], "sn10", "photos_standard_days", "5")
        with pytest.raises(Invalid):
            privacy.set_days(work, people["director"], "sn10", "photos_standard_days", "999")
        with pytest.raises(Missing):
            privacy.set_days(work, people["director"], "sn10", "no_such", "5")
        privacy.set_days(work, people["director"], "sn10", "photos_standard_days", "5")
        (setting,) = [one for threshold, one in privacy.settings(work, "sn10") if threshold.default == 30][:1]

    clock.forward(6 * DAY_MS)
    retention.run(site)

    assert gone(site, number) == "standard"
    assert (setting.value, setting.by) == (5, people["director"].name)


def test_photos_of_a_report_that_was_merged_wait_for_the_ticket_that_carries_it_on(
    site: Site,
    report: Callable[..., Incident],
    walk: Callable[..., Incident],
    photo: PhotoFactory,
    people: dict[str, Person],
    clock: Any,
) -> None:
    number = photo()
    leading, merged = report(), report(photos=(number,))
    with site.store.work() as work:
        incidents.move(work, merged.id, "merge", people["duty"], into=leading.number, note="同一件事")

    clock.forward(40 * DAY_MS)
    retention.run(site)
    waiting = gone(site, number)
    walk(leading, people["duty"], *WALK[:3])
    walk(leading, people["other"], *WALK[3:])
    clock.forward(31 * DAY_MS)
    retention.run(site)

    assert (waiting, gone(site, number)) == ("", "standard")


def test_the_chore_goes_on_where_it_stopped(
    site: Site, photo: PhotoFactory, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [photo("red") for _ in range(5)]
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "PATIENCE_S", -1)
    clock.forward(2 * DAY_MS)

    left = []
    for _ in range(3):
        retention.keep_up(site)
        left.append(sum(gone(site, number) == "" for number in numbers))

    assert left == [3, 1, 0]
    with site.store.look() as look:
        assert privacy.rounded(look) is not None


def test_raw_check_ins_expire_by_the_communitys_own_days_and_the_hourly_counts_stay(
    site: Site, people: dict[str, Person], clock: Any
) -> None:
    with site.store.work() as work:
        for code in ("sn10-north", "sn11-gate"):
            station = stations.get(work, code)
            checkins.check_in(work, station, f"visit-{code}", "phone", checkins.prove(station, "", work.now))
        privacy.set_days(work, people["director"], "sn10", "checkin_days", "3")

    clock.forward(4 * DAY_MS)
    with site.store.look() as look:
        due = privacy.rehearse(look).counts
    retention.run(site)

    assert due == {("checkin", "sn10"): 1}
    with site.store.look() as look:
        assert [row["station"] for row in checkins.latest(look, ["sn10-north", "sn11-gate"], None, 10)] == ["sn11-gate"]
        assert look.value("select sum(count) from checkin_hours") == 2
        assert [(row["kind"], row["number"]) for row in privacy.purges(look, ["sn10"])] == [("checkin", 1)]
