"""The same thing once more: 我也看到了, one phone that says it six times, and a phone that says too much."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from server import incidents, phones
from server.incidents import Incident
from server.kit.clock import DAY_MS, MINUTE_MS
from server.kit.errors import TooMany
from server.kit.site import Site
from server.phones import rules
from server.riders import same

from ..conftest import ReportFactory, StaffFactory, WalkFactory
from .conftest import Rider, hidden, jpeg, text_of

GARBAGE = {"category": "environment.garbage", "place": "3号楼"}
SPAM = {"category": "other.other", "words": "贷款秒批 加v 138-0013-8000 www.xx.top"}


@pytest.fixture
def other(app: Any, client: TestClient, site: Site) -> Rider:
    """Another phone."""
    return Rider(TestClient(app), site, "sn10-north")


def sent(rider: Rider, **fields: str) -> Incident:
    return rider.ticket(rider.send(rider.form(**fields)))


def leading(site: Site, ticket: Incident) -> Incident:
    with site.store.look() as look:
        return incidents.leading(look, ticket)


def me_too(rider: Rider) -> dict[str, Any]:
    """The form with the hint's button pressed."""
    fields = rider.form(category="")
    page = rider.client.get("/s/sn10-north/report").text
    return {**fields, "too": page.partition('name="too" value="')[2].partition('"')[0]}


def test_six_reports_of_one_phone_are_one_ticket_and_six_receipts(rider: Rider, site: Site, clock: Any) -> None:
    tickets = []
    for number in range(6):
        answer = rider.send(rider.form(**GARBAGE, words=f"第 {number} 次"), jpeg())
        tickets.append(rider.ticket(answer))
        clock.forward(4 * MINUTE_MS)

    with site.store.look() as look:
        (ticket,) = incidents.find(look, ["sn10"], states=incidents.OPEN)
        merged = incidents.merged_here(look, ticket.id)
    assert ticket.id == tickets[0].id
    assert len({one.receipt for one in tickets}) == 6
    assert {one.words for one in merged} == {f"第 {number} 次" for number in range(1, 6)}
    assert [rider.photos(one) for one in tickets] == [1] * 6
    assert ticket.level == tickets[0].level == "P3"
    assert "已合并" in text_of(rider.client.get(f"/r/{tickets[-1].receipt}"))


@pytest.mark.parametrize(
    "changed",
    [
        {"category": "facility.light"},
        {"place": "北门口"},
        {"building": "12"},
        {"words": "沪A12345"},
        {"words": "绿化带里有人晕倒了 没有呼吸"},
    ],
    ids=["category", "place", "building", "plate", "emergency"],
)
def test_what_differs_is_a_ticket_of_its_own(rider: Rider, changed: dict[str, str]) -> None:
    sent(rider, **{**GARBAGE, "words": "沪B54321 旁边"})

    second = sent(rider, **{**GARBAGE, **changed})

    assert second.merged_into is None


def test_half_an_hour_later_or_from_another_phone_it_is_said_anew(rider: Rider, other: Rider, clock: Any) -> None:
    sent(rider, **GARBAGE)
    from_another = sent(other, **GARBAGE)
    clock.forward(same.AGAIN_MS + MINUTE_MS)
    later = sent(rider, **GARBAGE)

    assert (from_another.merged_into, later.merged_into) == (None, None)


def test_people_are_never_taken_for_the_same(rider: Rider) -> None:
    first, second = (sent(rider, category="person.elder_needs_help") for _ in range(2))

    assert (first.merged_into, second.merged_into) == (None, None)


def test_the_same_scan_is_the_same_rider_even_without_a_cookie(rider: Rider, code: str) -> None:
    token = hidden(rider.client.get(f"/s/sn10-north?c={code}").text, "p")
    first = sent(rider, **GARBAGE, p=token)
    rider.client.cookies.clear()

    second = rider.ticket(rider.client.post(
        "/s/sn10-north/report", data={**GARBAGE, "client_id": "another-one-1", "p": token}, follow_redirects=False
    ))  # fmt: skip

    assert second.merged_into == first.id


def test_me_too_is_one_tap_with_a_receipt_of_its_own(rider: Rider, other: Rider, site: Site) -> None:
    first = sent(rider, place="北门口")
    page = text_of(other.client.get("/s/sn10-north/report"))

    second = other.ticket(other.send(me_too(other)))

    assert "北门口 1 人刚刚报过" in page
    assert second.receipt != first.receipt
    assert (second.category, second.place) == (first.category, "北门口")
    assert leading(site, second).id == first.id
    with site.store.look() as look:
        assert any(same.ME_TOO in step.note for step in incidents.history(look, second.id))


def test_me_too_with_another_plate_or_an_emergency_is_a_ticket_of_its_own(rider: Rider, other: Rider) -> None:
    sent(rider, answer_plate="沪A·12345")

    plate = other.ticket(other.send({**me_too(other), "answer_plate": "沪 B 54321"}))
    urgent = other.ticket(other.send({**me_too(other), "words": "着火了"}))

    assert plate.merged_into is None
    assert (urgent.merged_into, urgent.level) == (None, "P0")


def test_no_hint_stands_before_an_emergency_or_tells_of_a_person_or_of_somebodys_words(
    rider: Rider, report: ReportFactory
) -> None:
    report("fire.open_flame")
    report("person.elder_needs_help")
    report("facility.light", place="502 张阿婆家门口")
    report("environment.garbage", words="垃圾桶着火了")

    page = rider.client.get("/s/sn10-north/report").text

    assert page.count('name="too"') == 1
    assert "张阿婆" not in page


@pytest.mark.parametrize("token", ["forged", "", "x" * 5000])
def test_a_hint_that_nobody_signed_is_passed_over(rider: Rider, token: str) -> None:
    ticket = sent(rider, too=token)

    assert ticket.merged_into is None


def test_a_hint_whose_ticket_is_over_becomes_a_report_of_its_own(
    rider: Rider, other: Rider, report: ReportFactory, staff: StaffFactory, walk: WalkFactory
) -> None:
    fields = {**me_too(other), "category": "facility.light"} if report() else {}
    (first,) = rider.tickets()
    walk(first, staff("duty"), "reject")

    ticket = other.ticket(other.send(fields))

    assert (ticket.merged_into, ticket.category) == (None, "facility.light")


def test_the_third_advert_of_a_phone_within_a_day_is_its_last(rider: Rider, other: Rider, clock: Any) -> None:
    for number in range(3):
        sent(rider, **{**SPAM, "building": str(number + 1)})
    manhole = rider.ticket(rider.send(rider.form(category="hazard.manhole"), jpeg()))

    refused = rider.send(rider.form(**SPAM, building="9"))
    emergency = sent(rider, category="fire.open_flame")
    elsewhere = sent(other, category="facility.light")
    clock.forward(DAY_MS + MINUTE_MS)
    tomorrow = sent(rider, category="facility.light")

    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert "今天报得太多了" in text_of(refused)
    assert "加v" in refused.text
    assert manhole.level == "P1"
    assert (emergency.level, elsewhere.state, tomorrow.state) == ("P0", "reported", "reported")


def test_a_phone_that_reports_too_much_waits_and_an_alarm_never_does(rider: Rider, site: Site) -> None:
    with site.store.work() as work:
        marks = phones.marks_of(site, "carried", "")
        first = incidents.report(work, incidents.Report("first-client", "sn10-north", "facility.light", "phone"))
        for number in range(rules.MOST_REPORTS.default):
            client_id = f"many-reports-{number}"
            new = incidents.Report(client_id, "sn10-north", "facility.light", "phone", place=str(number))
            phones.note(work, marks, incidents.report(work, new))
        with pytest.raises(TooMany) as refusal:
            phones.check(work, marks, first.community)

    assert 0 < refusal.value.retry_after <= DAY_MS // 1000


def test_a_phones_mark_is_random_short_lived_and_unknown_to_scripts(rider: Rider) -> None:
    answer = rider.client.get("/s/sn10-north/report")
    again = rider.client.get("/s/sn10-north/report")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("cxz_phone=")
    assert "HttpOnly" in cookie
    assert "Max-Age=86400" in cookie
    assert "set-cookie" not in again.headers


def test_nothing_of_a_phone_is_known_after_a_day(rider: Rider, site: Site, clock: Any) -> None:
    sent(rider, **GARBAGE)
    clock.forward(DAY_MS + MINUTE_MS)

    phones.actions.forget(site)

    with site.store.look() as look:
        assert look.rows("select * from phone_reports") == []


def test_what_a_phone_reported_itself_is_no_hint_to_it(rider: Rider, other: Rider) -> None:
    sent(rider, **GARBAGE)

    own, others = (text_of(one.client.get("/s/sn10-north/report")) for one in (rider, other))

    assert "刚刚报过" not in own
    assert "1 人刚刚报过" in others
