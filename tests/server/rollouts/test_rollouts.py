"""A setting goes out in waves, and a bad one stops where it is."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.app import FEATURES
from server.kit.clock import MINUTE_MS, now_ms
from server.kit.errors import Forbidden, Missing, Refused
from server.kit.site import Site
from server.rollouts import actions, records
from server.rollouts.records import Rollout
from server.rollouts.rules import Sight, judge, next_step, read_changes, waves
from server.rounds import Rounds
from server.staff import Person
from server.stations import records as station_records

Make = Callable[..., Any]
KIOSKS = {"kiosk-01": "sn10-north", "kiosk-02": "sn10-east", "kiosk-03": "sn11-gate"}


class Town:
    """Three stations, a kiosk each; `settle` writes the desired states, `report` has kiosks answer them."""

    def __init__(self, site: Site, clock: Any) -> None:
        self.site, self.clock = site, clock
        self.rounds = Rounds(site, FEATURES)
        for kiosk, station in KIOSKS.items():
            with site.store.work() as work:
                station_records.place(work, kiosk, station)
            site.mailbox.heard(kiosk, "ready", "nonce", 0, now_ms())
        self.settle()
        self.report(*KIOSKS)

    def settle(self) -> None:
        self.rounds.refresh(self.site.stale.take())

    def desired(self) -> dict[str, tuple[int, dict[str, Any]]]:
        return {kiosk: (doc.version, doc.body) for kiosk, doc, _ in self.site.mailbox.desired_since(0)}

    def report(self, *kiosks: str, error: str | None = None, **check: str) -> None:
        for kiosk in kiosks:
            version = self.desired()[kiosk][0] - (1 if error else 0)
            told = {
                "version": version,
                "software": "x",
                "error": error,
                "amenities": {},
                "check": {"disk": "ok", **check},
            }
            self.site.mailbox.noted(kiosk, now_ms(), reported=told)

    def dials(self) -> dict[str, dict[str, int]]:
        self.settle()
        return {kiosk: body.get("kiosk", {}) for kiosk, (_, body) in self.desired().items() if body.get("kiosk")}

    def begin(self, person: Person, client_id: str = "rollout-0001", **more: Any) -> Rollout:
        values = {"community": "", "changes": {"idle_s": 60}, "note": "老人看得慢", "soak_s": 0, "patience_s": 300}
        with self.site.store.work() as work:
            return actions.begin(work, self.site, person, client_id, **{**values, "most_failures": 0, **more})

    def look(self, rollout: Rollout) -> Rollout:
        self.settle()
        actions.progress(self.site)
        return self.now(rollout)

    def now(self, rollout: Rollout) -> Rollout:
        with self.site.store.look() as look:
            found = records.get(look, rollout.id)
        assert found is not None
        return found

    def seats(self, rollout: Rollout) -> dict[str, str]:
        with self.site.store.look() as look:
            return {one.station: one.state for one in records.seats(look, rollout.id)}


@pytest.fixture
def town(site: Site, clock: Any) -> Iterator[Town]:
    return Town(site, clock)


@pytest.fixture
def it(staff: Make) -> Person:
    person: Person = staff("it", scopes=("street:songnan",))
    return person


def test_fifty_stations_go_one_then_a_tenth_then_all_and_those_away_last() -> None:
    online = [f"s{number:02d}" for number in range(48)]

    planned = waves(online, ["away-1", "away-2"])

    sizes = [list(planned.values()).count(wave) for wave in (1, 2, 3)]
    assert sizes == [1, 4, 45]
    assert planned["away-1"] == planned["away-2"] == 3
    assert waves(["only"], []) == {"only": 1}
    assert waves(["a", "b"], []) == {"a": 1, "b": 2}


WANTED = {"idle_s": 60}
WELL = Sight("ready", 5, WANTED, 5, "", frozenset())


@pytest.mark.parametrize(
    ("sight", "before", "verdict"),
    [
        (WELL, set(), "well"),
        (Sight("ready", 5, {"idle_s": 30}, 5, "", frozenset()), set(), "offered"),
        (Sight("ready", 5, WANTED, 4, "", frozenset()), set(), "offered"),
        (Sight("lost", 5, WANTED, 5, "", frozenset()), set(), "offered"),
        (Sight("ready", 5, WANTED, 4, "kiosk.idle_s is not", frozenset()), set(), "ill"),
        (Sight("ready", 5, WANTED, 5, "", frozenset({"disk"})), set(), "ill"),
        (Sight("ready", 5, WANTED, 5, "", frozenset({"disk"})), {"disk"}, "well"),
    ],
)
def test_a_station_is_well_once_it_reports_the_version_and_nothing_new_fails(
    sight: Sight, before: set[str], verdict: str
) -> None:
    assert judge([sight], WANTED, frozenset(before))[0] == verdict


def test_one_kiosk_of_two_that_is_ill_makes_the_station_ill() -> None:
    ill = Sight("ready", 5, WANTED, 5, "", frozenset({"disk"}))

    assert judge([WELL, ill], WANTED, frozenset())[0] == "ill"


@pytest.mark.parametrize(
    ("seats", "age", "most", "step"),
    [
        (["well"], 10, 0, "wait"),
        (["well"], 60, 0, "on"),
        (["well", "offered"], 60, 0, "wait"),
        (["well", "offered"], 300, 0, "stop"),
        (["well", "offered"], 300, 1, "on"),
        (["well", "ill"], 1, 0, "stop"),
        (["well", "ill"], 60, 1, "on"),
        (["well", "away"], 60, 0, "on"),
        (["ill", "offered"], 300, 1, "stop"),
    ],
)
def test_a_wave_goes_on_waits_or_stops(seats: list[str], age: int, most: int, step: str) -> None:
    assert next_step(seats, age, soak_ms=60, patience_ms=300, most_failures=most)[0] == step


def test_a_good_setting_reaches_everybody_wave_by_wave(town: Town, it: Person) -> None:
    rollout = town.begin(it)
    first = town.dials()

    still = town.look(rollout).wave
    town.report("kiosk-02")
    second = town.look(rollout).wave
    after_second = town.dials()
    town.report("kiosk-01", "kiosk-03")
    done = town.look(rollout)

    assert first == {"kiosk-02": {"idle_s": 60}}
    assert (still, second) == (1, 2)
    assert set(after_second) == set(KIOSKS)
    assert (done.state, set(town.seats(rollout).values())) == ("done", {"well"})


def test_a_setting_that_makes_a_kiosk_ill_stops_at_the_first_one_and_rolls_back(
    town: Town, it: Person, site: Site
) -> None:
    rollout = town.begin(it)
    town.settle()
    town.report("kiosk-02", error="kiosk.idle_s is not a whole number")

    stopped = town.look(rollout)
    reached = town.dials()
    with site.store.work() as work:
        actions.roll_back(work, site, it, rollout.id)

    assert (stopped.state, set(reached)) == ("stopped", {"kiosk-02"})
    assert "1 个站没有用好" in stopped.reason
    assert town.dials() == {}
    assert town.seats(rollout) == {"sn10-east": "back", "sn10-north": "planned", "sn11-gate": "planned"}


def test_silence_stops_it_and_a_second_look_goes_on(town: Town, it: Person, site: Site) -> None:
    rollout = town.begin(it)
    town.settle()
    town.clock.forward(6 * MINUTE_MS)

    stopped = town.look(rollout)
    town.report("kiosk-02")
    with site.store.work() as work:
        actions.resume(work, site, it, rollout.id)
    on = town.look(rollout)

    assert (stopped.state, on.state, on.wave) == ("stopped", "running", 2)
    assert "没有回音" in stopped.reason


def test_paused_it_waits_for_a_person(town: Town, it: Person, site: Site) -> None:
    rollout = town.begin(it)
    with site.store.work() as work:
        actions.pause(work, it, rollout.id)
    town.settle()
    town.report("kiosk-02")

    assert town.look(rollout).wave == 1
    with site.store.work() as work:
        actions.resume(work, site, it, rollout.id)
    assert town.look(rollout).wave == 2


def test_who_is_away_gets_it_with_the_last_wave_and_nobody_waits(town: Town, it: Person, site: Site) -> None:
    site.mailbox.heard("kiosk-01", "lost", None, 0, now_ms())
    rollout = town.begin(it)
    for _ in range(2):
        town.settle()
        town.report("kiosk-02", "kiosk-03")
        town.look(rollout)

    assert (town.now(rollout).state, town.seats(rollout)["sn10-north"]) == ("done", "away")
    assert town.dials()["kiosk-01"] == {"idle_s": 60}


def test_a_station_takes_one_roll_out_at_a_time_and_the_same_form_twice_is_one(town: Town, it: Person) -> None:
    first = town.begin(it)

    assert town.begin(it).id == first.id
    with pytest.raises(Refused, match="上一次推送"):
        town.begin(it, "rollout-0002")


def test_rolling_back_an_old_one_leaves_what_a_later_one_set(town: Town, it: Person, site: Site) -> None:
    def walk(rollout: Rollout) -> None:
        while town.look(rollout).state == "running":
            town.report(*KIOSKS)

    old = town.begin(it)
    walk(old)
    walk(town.begin(it, "rollout-0002", community="sn10", changes={"idle_s": 90}))

    with site.store.work() as work:
        actions.roll_back(work, site, it, old.id)

    assert {kiosk: part["idle_s"] for kiosk, part in town.dials().items()} == {"kiosk-01": 90, "kiosk-02": 90}


def test_only_those_who_answer_for_screens_roll_out_and_only_where_they_see_all(
    town: Town, it: Person, site: Site, staff: Make
) -> None:
    rollout = town.begin(it)
    duty, narrow, strange = staff("duty"), staff("it"), staff("it", scopes=("community:yh1",))

    with pytest.raises(Forbidden):
        town.begin(duty, "rollout-0002")
    with pytest.raises(Forbidden, match="别的居民区"), site.store.work() as work:
        actions.pause(work, narrow, rollout.id)
    with pytest.raises(Missing), site.store.work() as work:
        actions.pause(work, strange, rollout.id)


def test_a_kiosk_long_behind_has_drifted(town: Town, it: Person, site: Site) -> None:
    town.begin(it)
    town.settle()

    actions.sweep_drift(site)
    with site.store.look() as look:
        early = actions.drifted(look, site, it)
    town.clock.forward(6 * MINUTE_MS)
    actions.sweep_drift(site)
    with site.store.look() as look:
        late = actions.drifted(look, site, it)
    town.report("kiosk-02")
    actions.sweep_drift(site)
    with site.store.look() as look:
        settled = actions.drifted(look, site, it)

    assert (early, [one.kiosk for one in late], settled) == ([], ["kiosk-02"], [])


def test_the_volunteer_walks_through_the_pages(town: Town, it: Person, enter: Make) -> None:
    browser = enter(it)
    form = {"id": "rollout-0001", "idle_s": "60", "note": "<b>慢</b>", "most_failures": "0", "soak_s": "30"}

    refused = browser.post("/desk/rollouts", data={**form, "idle_s": "5"})
    begun = browser.post("/desk/rollouts", data=form, follow_redirects=False)
    page = begun.headers["location"]
    shown = browser.get(page).text
    browser.post(f"{page}/pause")
    paused = browser.get(page).text
    browser.post(f"{page}/roll-back")

    assert refused.status_code == 422 and "15–180 秒" in refused.text and "&lt;b&gt;" in refused.text
    assert begun.status_code == 303
    assert "等它回音" in shown and "还没轮到" in shown
    assert "继续推" in paused
    assert "退回了" in browser.get("/desk/rollouts").text
    assert browser.post(f"{page}/explode").status_code == 404


def test_only_what_was_filled_in_changes() -> None:
    assert read_changes({"idle_s": " 60 ", "disk_low_mb": "", "remote_hands": "0"}) == {"idle_s": 60, "remote_hands": 0}


def test_stations_know_nothing_of_it_until_somebody_sets_something(town: Town) -> None:
    assert town.dials() == {}
