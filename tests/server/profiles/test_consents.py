"""A newer notice changed what a rider agreed to: asked once, and until the answer nothing of it is used."""

from types import SimpleNamespace
from typing import Any

import pytest

from server import privacy, profiles
from server.kit.errors import Invalid
from server.kit.site import Site
from server.privacy import notice
from server.profiles import consents, records

from ..conftest import ReportFactory
from .conftest import Owner, OwnerFactory

NOW = privacy.current_notice().version


def agreed_long_ago(rider: Owner, *purposes: str) -> Owner:
    """As if these had been agreed to under the first notice; profiles of then had no word about points of its own."""
    subject = consents.subject(rider.id)
    with rider.site.store.work() as work:
        for one in purposes:
            work.run("update privacy_consents set version = 1 where subject = ? and purpose = ?", (subject, one))
        if "profile" in purposes:
            work.run("delete from privacy_consents where subject = ? and purpose = 'points'", (subject,))
    return rider


def who(rider: Owner) -> profiles.Rider:
    request: Any = SimpleNamespace(cookies=dict(rider.client.cookies))
    found = profiles.current(rider.site, request)
    assert found is not None
    return found


def answer(rider: Owner, purpose: str, *, yes: bool, to: str = "/me", version: int = NOW) -> Any:
    form = {"purpose": purpose, "to": to, "version": str(version)}
    return rider.client.post("/me/agree" if yes else "/me/refuse", data=form, follow_redirects=False)


def test_a_purpose_is_asked_about_only_when_a_newer_notice_changed_it() -> None:
    first, last = min(notice.versions()), max(notice.versions())

    changed = {purpose for purpose in consents.PURPOSES if privacy.changed_since(first, purpose)}

    assert changed == {"profile", "points", "card"}
    assert not any(privacy.changed_since(last, purpose) for purpose in consents.PURPOSES)
    assert privacy.changed_since(first, "thanked_in_public") == ()


@pytest.mark.parametrize("version", notice.versions())
def test_what_a_notice_changed_is_said_in_two_or_three_lines(version: int) -> None:
    for lines in notice.versions()[version].renews.values():
        assert 1 <= len(lines) <= 3
        assert all("{" not in line and len(line) <= 40 for line in lines)


def test_who_agreed_to_the_notice_as_it_is_now_is_not_asked(owner: OwnerFactory) -> None:
    rider = owner().sign_in(card=True)

    assert who(rider).due == ()
    assert "再问你一次" not in rider.client.get("/me").text


def test_the_next_page_of_ones_own_asks_once_and_goes_on_to_where_one_wanted_to_go(
    owner: OwnerFactory, site: Site
) -> None:
    rider = agreed_long_ago(owner().sign_in(nickname="夜猫子", card=True), "profile", "card")

    pages = [rider.client.get(path).text for path in ("/me", "/me/month", "/me/points", "/me/vouchers", "/me/phones")]
    steps = [answer(rider, "profile", yes=True, to="/me/points")]
    halfway = who(rider).due
    steps += [answer(rider, one, yes=True, to="/me/points") for one in ("points", "card")]
    after = rider.client.get("/me/points").text

    for page in pages:
        assert "再问你一次" in page
        for ask in ("昵称和手机号", "记分", "记在我的卡上"):
            assert ask in page
    assert {one.headers["location"] for one in steps} == {"/me/points"}
    assert halfway == ("points", "card")
    assert "再问你一次" not in after
    assert who(rider).due == ()
    subject = consents.subject(rider.id)
    with site.store.look() as look:
        versions = {one.purpose: one.version for one in privacy.consents(look, subject)}
    assert versions == {"profile": NOW, "points": NOW, "card": NOW}


def test_visits_are_not_remembered_until_the_answer(owner: OwnerFactory, site: Site) -> None:
    rider = agreed_long_ago(owner().sign_in(card=True), "card")

    def visit() -> bool:
        found = who(rider)
        with site.store.work() as work:
            return profiles.visited(work, found, "sn10-north")

    before = visit()
    thanks = rider.client.post("/s/sn10-north/checkin", data={"client_id": ""}).text
    answer(rider, "card", yes=True)

    assert (before, visit()) == (False, True)
    assert "打卡成功" in thanks
    assert "/me/month" not in thanks


def test_an_old_consent_to_the_profile_covers_nothing_that_hangs_on_it(owner: OwnerFactory, site: Site) -> None:
    rider = agreed_long_ago(owner().sign_in(card=True), "profile")

    found = who(rider)
    with site.store.look() as look:
        points = profiles.takes_points(look, found.id)

    assert (found.card, found.points, points) == (False, False, False)
    assert found.due == ("profile", "points")


def test_no_switches_off_just_that_purpose(owner: OwnerFactory, site: Site) -> None:
    rider = agreed_long_ago(owner().sign_in(card=True), "profile", "card")
    number = rider.id
    with site.store.work() as work:
        records.visit(work, number, "2026-11-01", "sn10-north")
    answer(rider, "profile", yes=True)
    answer(rider, "points", yes=True)

    asked = rider.client.get("/me/refuse", params={"purpose": "card"}).text
    answer(rider, "card", yes=False)
    answer(rider, "card", yes=False)

    assert "月历上到站的日子清空" in asked
    found = who(rider)
    assert (found.card, found.points, found.due) == (False, True, ())
    with site.store.look() as look:
        assert records.visits(look, number, "0000", "9999") == []
        assert {one.purpose for one in privacy.consents(look, consents.subject(number))} == {"profile", "points"}
    answer(rider, "card", yes=True)
    assert who(rider).card


def test_no_to_name_and_number_leads_to_the_page_that_deletes_them(owner: OwnerFactory) -> None:
    rider = agreed_long_ago(owner().sign_in(), "profile")

    ways = [
        rider.client.get("/me/refuse", params={"purpose": "profile"}, follow_redirects=False),
        answer(rider, "profile", yes=False),
    ]

    assert {one.headers["location"] for one in ways} == {"/me/leave"}
    assert "删除，不留" in rider.client.get("/me/leave").text
    assert rider.id


def test_while_the_question_waits_nothing_changes_and_the_ways_out_stay_open(owner: OwnerFactory) -> None:
    rider = agreed_long_ago(owner().sign_in(nickname="夜猫子", card=True), "profile")

    for path in ("/me/nickname", "/me/card", "/me/move", "/me/vouchers", "/me/claim"):
        stopped = rider.client.post(path, data={"nickname": "小王"}, follow_redirects=False)
        assert (stopped.status_code, stopped.headers["location"].partition("?")[0]) == (303, "/me"), path
    nickname = who(rider).nickname
    copy = rider.client.get("/me/data")
    out = rider.client.post(f"/me/phones/{who(rider).session}/out", follow_redirects=False)

    assert nickname == "夜猫子"
    assert (copy.status_code, out.status_code) == (200, 303)
    assert "再问你一次" not in rider.client.get("/me").text


def test_the_question_holds_up_no_report_no_receipt_and_no_emergency(
    owner: OwnerFactory, report: ReportFactory
) -> None:
    rider = agreed_long_ago(owner().sign_in(card=True), "profile", "card")
    own = report("person.lost_elder", words="穿蓝衣服")

    for path in ("/s/sn10-north", "/s/sn10-north/report", f"/r/{own.receipt}", "/mine", "/privacy"):
        page = rider.client.get(path)
        assert page.status_code == 200, path
        assert "再问你一次" not in page.text, path


def test_yes_to_an_older_notice_or_to_nothing_known_is_no_yes(owner: OwnerFactory, site: Site) -> None:
    rider = agreed_long_ago(owner().sign_in(card=True), "card")

    old = answer(rider, "card", yes=True, version=1)
    odd = answer(rider, "tracks<script>", yes=True)
    number = rider.id
    with pytest.raises(Invalid), site.store.work() as work:
        consents.agree(work, number, "card", NOW + 1)

    assert (old.status_code, odd.status_code) == (422, 404)
    assert "再问你一次" in old.text and "<script>" not in odd.text
    assert who(rider).due == ("card",)
    assert answer(rider, "tracks", yes=False).status_code == 404
    assert answer(rider, "card", yes=True, to="//evil.example").headers["location"] == "/me"
