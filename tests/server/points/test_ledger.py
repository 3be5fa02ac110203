"""The ledger: paid once after checking, taken back when unreal, never changed, and a sum without a name in the end."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server import incidents, photos, points, privacy, thresholds
from server.incidents import Incident
from server.kit.clock import DAY_MS
from server.kit.errors import Missing, Refused
from server.kit.site import Site
from server.points import actions, records

from ..conftest import Clock, ReportFactory, StaffFactory, WalkFactory
from .conftest import Claim, Owner, OwnerFactory, Verify


def lines(site: Site, rider: Owner) -> list[tuple[str, int]]:
    number = rider.id
    with site.store.look() as look:
        return [(one.kind, one.points) for one in reversed(points.entries(look, number))]


def balance(site: Site, rider: Owner) -> int:
    return sum(points for _, points in lines(site, rider))


def test_a_report_is_paid_when_it_is_verified_and_not_before(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, staff: StaffFactory, walk: WalkFactory
) -> None:
    rider, incident, duty, guard = owner().sign_in(), report(), staff("duty"), staff("prop_guard")
    claim(rider, incident)

    before = []
    for person, step in ((duty, "file"), (duty, "dispatch"), (guard, "done")):
        walk(incident, person, step)
        before.append(balance(site, rider))
    walk(incident, duty, "verify", "close")

    assert before == [0, 0, 0]
    assert lines(site, rider) == [("award", 5)]


def test_a_receipt_put_on_the_card_afterwards_is_paid_at_once_and_once(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider, incident = owner().sign_in(), report(channel="kiosk")
    verify(incident)

    claim(rider, incident)
    claim(rider, incident)

    assert lines(site, rider) == [("award", 5)]


def test_claimed_by_many_at_once_a_report_is_on_one_card(
    owner: OwnerFactory, site: Site, report: ReportFactory, verify: Verify
) -> None:
    riders = [owner().sign_in() for _ in range(4)]
    numbers = [one.id for one in riders] * 3
    incident = verify(report())

    def put(number: int) -> bool:
        try:
            with site.store.work() as work:
                points.claim(work, number, incident.receipt)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as hands:
        list(hands.map(put, numbers))

    assert sorted(balance(site, one) for one in riders) == [0, 0, 0, 5]


def test_told_twice_it_is_paid_once(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider = owner().sign_in()
    incident = verify(claim(rider, report()))

    for _ in range(3):
        with site.store.work() as work:
            actions.settle(work, incident)

    assert lines(site, rider) == [("award", 5)]


def test_what_was_not_real_is_taken_back_once_and_paid_again_when_it_was(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify, staff: StaffFactory,
    walk: WalkFactory,
) -> None:  # fmt: skip
    rider, duty, guard = owner().sign_in(), staff("duty"), staff("prop_guard")
    incident = verify(claim(rider, report()))

    walk(incident, duty, "return")
    walk(incident, guard, "handback", note="没有这回事")
    walk(incident, duty, "reject")
    after = lines(site, rider)
    walk(incident, duty, "refile", note="有的")
    walk(incident, duty, "dispatch")
    walk(incident, guard, "done")
    walk(incident, duty, "verify")

    assert after == [("award", 5), ("void", -5)]
    assert lines(site, rider) == [("award", 5), ("void", -5), ("award", 5)]


def test_done_again_is_still_real(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify, staff: StaffFactory,
    walk: WalkFactory,
) -> None:  # fmt: skip
    rider, duty = owner().sign_in(), staff("duty")
    incident = walk(verify(claim(rider, report())), duty, "close")

    walk(incident, duty, "reopen", note="没有弄干净")

    assert lines(site, rider) == [("award", 5)]


def test_joined_reports_are_paid_with_the_one_that_carries_them_on(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify, staff: StaffFactory,
    walk: WalkFactory,
) -> None:  # fmt: skip
    first, second, duty = owner().sign_in(), owner().sign_in(), staff("duty")
    leading, joined = claim(first, report(place="3号楼")), claim(second, report(place="3号楼旁"))

    walk(joined, duty, "merge", into=leading.number, note="同一辆车")
    verify(leading)

    assert lines(site, first) == [("award", 5)]
    assert lines(site, second) == [("award", 1)]


def test_who_helps_a_person_is_thanked_and_not_paid(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, staff: StaffFactory, walk: WalkFactory
) -> None:
    rider, duty = owner().sign_in(), staff("duty")
    incident = claim(rider, report("person.lost_elder"))
    other = staff("committee")
    walk(incident, duty, "file")
    walk(incident, duty, "dispatch", desk="duty")
    walk(incident, other, "done")

    walk(incident, duty, "verify")

    assert lines(site, rider) == [("award", 0)]
    assert "感谢信" in rider.client.get("/me/points").text


def test_the_same_picture_is_noticed_whoever_sends_it(
    owner: OwnerFactory,
    site: Site,
    report: ReportFactory,
    claim: Claim,
    verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = owner().sign_in(), owner().sign_in()
    known: Any = type("Photo", (), {"likeness": "0f1e2d3c4b5a6978"})()
    monkeypatch.setattr(photos, "get", lambda work, number: known)
    monkeypatch.setattr(incidents, "photos", lambda work, number: [number])

    verify(claim(one, report(place="3号楼")))
    verify(claim(other, report(place="5号楼")))

    assert lines(site, one) == [("award", 5)]
    assert lines(site, other) == [("award", 0)]
    assert "照片和另一条上报的一样" in other.client.get("/me/points").text


def test_what_goes_wrong_with_points_never_holds_a_ticket_up_and_is_made_good(
    owner: OwnerFactory,
    site: Site,
    report: ReportFactory,
    claim: Claim,
    verify: Verify,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rider = owner().sign_in()
    incident = claim(rider, report())
    with monkeypatch.context() as broken:
        broken.setattr(actions, "rates", _fails)
        verified = verify(incident)
    missed = lines(site, rider)

    actions.catch_up(site)
    actions.catch_up(site)

    assert verified.state == "verified"
    assert missed == []
    assert lines(site, rider) == [("award", 5)]


def _fails(*_: object) -> None:
    raise RuntimeError("a bug in the points")


def test_a_receipt_is_refused_when_it_is_anothers_too_old_or_no_riders(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, clock: Clock
) -> None:
    one, other = owner().sign_in(), owner().sign_in()
    taken, old = report(), report()
    claim(one, taken)

    with pytest.raises(Refused, match="别人的分里"):
        claim(other, taken)
    with pytest.raises(Missing):
        claim(one, report("device.heat_alarm", channel="device"))
    clock.forward(31 * DAY_MS)
    with pytest.raises(Refused, match="30 天"):
        claim(one, old)


def test_the_ledger_cannot_be_changed(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider = owner().sign_in()
    verify(claim(rider, report()))

    for sql in ("update points_ledger set points = 500", "delete from points_ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), site.store.work() as work:
            work.run(sql)
    with site.store.work() as work:
        row = work.rows("select * from points_ledger")[0]
        for same in (row, row | {"id": None}):
            columns = ", ".join(f":{name}" for name in row)
            work.run(f"insert or replace into points_ledger values ({columns})", same | {"points": 500})

    assert lines(site, rider) == [("award", 5)]


def test_who_leaves_becomes_part_of_a_sum_and_the_receipt_stays_used(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider, stays = owner().sign_in(), owner().sign_in()
    number, incident = rider.id, verify(claim(rider, report(place="3号楼")))
    verify(claim(stays, report(place="5号楼")))

    rider.client.post("/me/leave")

    with site.store.look() as look:
        assert points.entries(look, number) == []
        assert [(row["kind"], row["entries"], row["points"]) for row in points.sums(look, "sn10", "2020-01")] == [
            ("award", 2, 10)
        ]
        assert look.rows("select * from points_leaving") == []
        assert records.claimed(look, incident.id) == (True, None)
    again = owner(rider.number).sign_in()
    with pytest.raises(Refused):
        claim(again, incident)


def test_a_figure_set_by_the_director_holds_from_the_next_report(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify, staff: StaffFactory
) -> None:
    rider, director = owner().sign_in(), staff("director")
    verify(claim(rider, report(place="3号楼")))
    with site.store.work() as work:
        thresholds.set_value(work, director, points.THRESHOLDS[0], "sn10", "8")

    verify(claim(rider, report(place="5号楼")))

    assert lines(site, rider) == [("award", 5), ("award", 8)]


def test_the_receipt_offers_the_card_and_says_what_it_was_worth(
    owner: OwnerFactory, site: Site, report: ReportFactory, verify: Verify
) -> None:
    rider, incident = owner().sign_in(), report()
    number = rider.id

    def card(own: Incident) -> points.Card | None:
        with site.store.look() as look:
            who = type("Who", (), {"id": number, "points": True})()
            return points.card(look, who, own)

    before = card(incident)
    answer = rider.client.post("/me/claim", data={"receipt": incident.receipt, "there": "1"}, follow_redirects=False)
    waiting = card(incident)
    verify(incident)
    after = card(incident)

    assert answer.headers["location"] == f"/r/{incident.receipt}#points"
    assert [one and (one.state, one.points) for one in (before, waiting, after)] == [
        ("free", None), ("mine", None), ("mine", 5),
    ]  # fmt: skip
    assert rider.client.post("/me/claim", data={"receipt": "nothing-like-it"}).status_code == 404


def test_the_month_shows_the_day_of_a_report_on_the_card(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim
) -> None:
    rider = owner().sign_in()
    claim(rider, report())

    page = rider.client.get("/me/month").text

    assert page.count("<i>上报</i>") == 1
    assert "上报 <b>1</b> 件" in page


def test_sixty_wrong_receipts_of_a_neighbour_keep_no_real_one_out(
    owner: OwnerFactory, site: Site, report: ReportFactory
) -> None:
    rider, incident = owner().sign_in(), report()
    number = rider.id

    wrong = [rider.client.post("/me/claim", data={"receipt": "abcdefghjkmn"}) for _ in range(61)]
    real = rider.client.post("/me/claim", data={"receipt": incident.receipt}, follow_redirects=False)

    assert (wrong[0].status_code, wrong[-1].status_code) == (404, 429)
    assert "10 分钟后再试" in wrong[-1].text and "abcdefghjkmn" in wrong[-1].text
    assert real.status_code == 303
    with site.store.look() as look:
        assert records.claimed(look, incident.id) == (True, number)


def test_a_receipt_put_down_is_answered_and_waits_in_a_list(
    owner: OwnerFactory, site: Site, report: ReportFactory, verify: Verify, staff: StaffFactory, walk: WalkFactory
) -> None:
    rider, waiting, helped, done, refused = owner().sign_in(), report(), report("person.lost_elder"), report(), report()
    verify(done)
    walk(refused, staff("duty"), "reject")

    said = [
        rider.client.post("/me/claim", data={"receipt": one.receipt}).text for one in (waiting, helped, done, refused)
    ]
    page = rider.client.get("/me/points").text
    strange = owner().sign_in().client.get("/me/points", params={"put": waiting.number}).text

    assert "已记上，核实后记分" in said[0]
    assert "已记上。帮人的事不记分" in said[1]
    assert "已记上，5 分<" in said[2]
    assert "已记上。没有办下去，不记分" in said[3]
    listed = page.split("记上了，还没有分的")[1].split("</ol>")[0]
    assert [f"/r/{one.receipt}" in listed for one in (waiting, helped, done, refused)] == [True, True, False, True]
    assert waiting.kind.label in listed and listed.count("等核实") == 1
    assert "已记上" not in strange and waiting.receipt not in strange


def test_the_month_counts_what_was_paid_and_not_the_lines_of_nothing(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    leaves, stays = owner().sign_in(), owner().sign_in()
    for rider, place in ((leaves, "3号楼"), (stays, "5号楼")):
        verify(claim(rider, report(place=place)))
        verify(claim(rider, report(place=place)))
    given = [lines(site, one) for one in (leaves, stays)]

    with site.store.look() as look:
        before = points.sums(look, "sn10", "2020-01")
    leaves.client.post("/me/leave")
    with site.store.look() as look:
        after = points.sums(look, "sn10", "2020-01")

    assert given == [[("award", 5), ("award", 0)]] * 2
    assert [(row["entries"], row["points"]) for row in before] == [(2, 10)]
    assert after == before


def test_points_rest_until_the_new_notice_is_answered_and_are_paid_then(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider = owner().sign_in()
    incident = claim(rider, report())
    with site.store.work() as work:
        work.run("update privacy_consents set version = 1 where purpose = 'points'")

    verify(incident)
    actions.catch_up(site)
    resting = lines(site, rider)
    with pytest.raises(Refused, match="关着"):
        claim(rider, report())
    rider.client.post(
        "/me/agree", data={"purpose": "points", "version": str(privacy.current_notice().version), "to": "/me/points"}
    )

    assert resting == []
    assert lines(site, rider) == [("award", 5)]


def test_who_wants_no_points_keeps_the_profile_and_nothing_is_written_down(
    owner: OwnerFactory, site: Site, report: ReportFactory, claim: Claim, verify: Verify
) -> None:
    rider, paid, waiting = owner().sign_in(), report(place="3号楼"), report(place="5号楼")
    verify(claim(rider, paid))
    claim(rider, waiting)

    rider.client.post("/me/refuse", data={"purpose": "points"})
    verify(waiting)
    actions.catch_up(site)
    receipt = rider.client.get(f"/r/{report().receipt}").text
    vouchers = rider.client.get("/me/vouchers", follow_redirects=False)

    assert lines(site, rider) == []
    assert "记分关着" in rider.client.get("/me/points").text
    assert rider.client.get("/me").status_code == 200
    assert 'action="/me/claim"' not in receipt
    assert vouchers.headers["location"] == "/me/points"
    with site.store.look() as look:
        assert [(row["entries"], row["points"]) for row in points.sums(look, "sn10", "2020-01")] == [(1, 5)]


@pytest.mark.parametrize("category", ["fire.open_flame", "person.lost_elder"])
def test_an_emergency_goes_its_way_while_the_points_are_broken(
    category: str, owner: OwnerFactory, site: Site, staff: StaffFactory, walk: WalkFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    rider, duty, asked = owner().sign_in(), staff("duty"), []

    def breaks(*_: object) -> None:
        asked.append(1)
        raise RuntimeError("a bug in the points")

    monkeypatch.setattr(actions, "settle", breaks)
    form = {"client_id": "0123456789abcdef0123456789abcdef", "category": category, "words": "北门口"}
    sent = rider.client.post("/s/sn10-north/report", data=form, follow_redirects=False)
    with site.store.look() as look:
        incident = incidents.by_receipt(look, sent.headers["location"].split("/r/")[1][:12])

    filed = walk(incident, duty, "file")

    assert incident.level in {"P0", "P1"}
    assert (filed.state, bool(asked)) == ("filed", True)
