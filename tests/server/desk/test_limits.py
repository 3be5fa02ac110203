"""The page of limits: what holds, who said so, and a change that keeps what was typed when refused."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from server import clocks
from server.kit.site import Site
from server.staff import Person

Staff = Callable[..., Person]
Enter = Callable[[Person], TestClient]


def test_everybody_who_triages_reads_the_limits_and_only_the_director_may_change_them(
    staff: Staff, enter: Enter
) -> None:
    duty = enter(staff("duty")).get("/desk/limits").text
    director = enter(staff("director")).get("/desk/limits").text
    guard = enter(staff("prop_guard")).get("/desk/limits")

    assert "30 分钟" in duty
    assert "environment.*" in duty
    assert "保存" not in duty
    assert "保存" in director
    assert guard.status_code == 403


def test_a_change_is_shown_with_who_made_it(site: Site, staff: Staff, enter: Enter) -> None:
    browser = enter(staff("director", name="陈主任"))

    answer = browser.post(
        "/desk/limits",
        data={"community": "sn10", "stage": "handle", "level": "P2", "amount": "90", "unit": "minutes"},
    )

    assert "1 小时 30 分" in answer.text
    assert "陈主任" in answer.text
    with site.store.look() as look:
        held = clocks.limits(look, "sn10")
    (limit,) = [one for one in held if (one.stage, one.level, one.category) == ("handle", "P2", "*")]
    assert (limit.ms, limit.working) == (90 * 60_000, False)


@pytest.mark.parametrize("amount", ["", "-1", "1.5", "一小时", "0", "99999999", "<b>"])
def test_a_senseless_change_is_refused_and_what_was_typed_stays(staff: Staff, enter: Enter, amount: str) -> None:
    browser = enter(staff("director"))
    form = {"community": "sn10", "stage": "verify", "level": "P1", "category": "parking.*", "amount": amount}

    answer = browser.post("/desk/limits", data=form)

    assert answer.status_code == 422
    assert 'value="parking.*"' in answer.text


def test_a_director_changes_no_other_communitys_limits(staff: Staff, enter: Enter) -> None:
    browser = enter(staff("director"))

    answer = browser.post(
        "/desk/limits", data={"community": "yh1", "stage": "handle", "level": "P2", "amount": "5", "unit": "minutes"}
    )

    assert answer.status_code == 403
