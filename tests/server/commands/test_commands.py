"""A person has a kiosk do something, once; everybody sees what became of it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.contract.commands import Command
from gateway.credentials import hash_secret
from gateway.orders import Orders
from server import commands
from server.commands import Wish, records
from server.commands.actions import sweep, watch
from server.commands.rules import KINDS, after, why_not
from server.incidents import Incident
from server.intake import records as intake_records
from server.kit.clock import DAY_MS
from server.kit.errors import Fault, Forbidden, Invalid, Missing
from server.kit.site import Site
from server.staff import Person, new_token

Make = Callable[..., Any]
ID = "command-0001"
OPEN: dict[str, Any] = {"kiosk": "kiosk-01", "name": "open_box", "args": {}, "reason": "有人受伤"}


def give(site: Site, by: Person, command: str = ID, **change: Any) -> commands.Order:
    with site.store.work() as work:
        return commands.order(work, site, Wish(command, **{**OPEN, **change}), by)


def stand(site: Site, command: str = ID) -> commands.Order:
    with site.store.look() as look:
        found = records.find(look, command)
    assert found is not None
    return found


def put(client: TestClient, command: str, content: bytes, login: str = "kiosk-01:secret-1") -> int:
    login = base64.b64encode(login.encode()).decode()
    answer = client.put(
        f"/kiosk/commands/{command}/find", content=content, headers={"Authorization": f"Basic {login}"}
    )  # fmt: skip
    return int(answer.status_code)


def test_a_command_reaches_the_gateway_with_its_deadline(site: Site, orders: Orders, staff: Make) -> None:
    given = give(site, staff("duty"))

    (due,) = orders.due(given.at)
    command = Command.decode(due.payload.encode())
    assert (due.kiosk, command.id, command.name, command.args) == ("kiosk-01", ID, "open_box", {})
    assert command.expires == given.expires == given.at + 60_000


def test_the_same_wish_twice_is_one_command(site: Site, orders: Orders, staff: Make) -> None:
    person = staff("duty")

    first, second = give(site, person), give(site, person)

    assert first.id == second.id
    assert len(orders.due(first.at)) == 1
    with pytest.raises(Invalid, match="另一条指令"):
        give(site, person, name="show_message", args={"text": "好"})


@pytest.mark.parametrize(
    ("role", "name", "may"),
    [
        ("duty", "open_box", True),
        ("prop_guard", "open_box", True),
        ("volunteer", "open_box", False),
        ("volunteer", "dispense_raincoat", True),
        ("it", "open_box", False),
        ("it", "restart", True),
        ("duty", "restart", False),
        ("duty", "collect_logs", False),
        ("grid", "show_message", False),
    ],
)
def test_each_role_gives_its_own_commands_only(
    site: Site, orders: Orders, staff: Make, role: str, name: str, may: bool
) -> None:
    try:
        give(site, staff(role), name=name, args={"text": "好"} if name == "show_message" else {})
        given = True
    except Forbidden:
        given = False

    assert given is may


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kiosk": "kiosk-99"}, Missing),
        ({"name": "open_door"}, Invalid),
        ({"reason": " \n "}, Invalid),
        ({"reason": "长" * 101}, Invalid),
        ({"args": {"box": 1}}, Invalid),
        ({"name": "switch_port", "args": {"port": 17, "on": True}}, Invalid),
        ({"name": "switch_port", "args": {"port": True, "on": True}}, Invalid),
        ({"name": "show_message", "args": {"text": "两\n行"}}, Invalid),
        ({"name": "show_message", "args": {"text": "长" * 61}}, Invalid),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_moves(
    site: Site, orders: Orders, staff: Make, change: dict[str, Any], fault: type[Fault]
) -> None:
    with pytest.raises(fault):
        give(site, staff("duty"), **change)

    assert orders.due(0) == []


def test_another_communitys_kiosk_is_not_found(site: Site, orders: Orders, staff: Make) -> None:
    with pytest.raises(Missing):
        give(site, staff("duty", scopes=("community:yh1",)))


def test_a_command_walks_from_queued_to_done(site: Site, orders: Orders, staff: Make, answer: Make) -> None:
    given = give(site, staff("duty"))
    orders.mark(orders.due(given.at), given.at + 40)

    watch(site)
    sent = stand(site).state
    answer(ID, "accepted")
    accepted = stand(site).state
    answer(ID, "done", detail={"stock": 5})

    done = stand(site)
    assert (sent, accepted, done.state) == ("sent", "accepted", "done")
    assert done.sent == given.at + 40
    assert done.answer == {"detail": {"stock": 5}}


def test_an_answer_that_overtakes_and_one_that_repeats_change_nothing_wrongly(
    site: Site, orders: Orders, staff: Make, answer: Make
) -> None:
    give(site, staff("duty"))

    answer(ID, "failed", reason="jam")
    answer(ID, "accepted")
    answer(ID, "done")

    assert (stand(site).state, stand(site).answer) == ("failed", {"reason": "jam"})
    assert after("queued", "done") == "done"
    assert after("expired", "done") == "done"
    assert after("done", "done") is None


def test_a_kiosk_that_stays_away_lets_it_expire_and_the_truth_wins_later(
    site: Site, orders: Orders, staff: Make, answer: Make, clock: Any
) -> None:
    give(site, staff("duty"))

    clock.forward(60_001)
    watch(site)
    expired = stand(site)
    answer(ID, "done")

    assert (expired.state, expired.sent) == ("expired", None)
    assert stand(site).state == "done"


def test_a_kiosk_answers_for_its_own_commands_only(site: Site, orders: Orders, staff: Make, answer: Make) -> None:
    give(site, staff("duty"))

    answer(ID, "done", kiosk="kiosk-02")
    answer("command-9999", "done")

    assert stand(site).state == "queued"
    with site.store.look() as look:
        assert len(intake_records.refused(look)) == 2


def test_what_a_crash_left_behind_is_handed_over_later(
    site: Site, orders: Orders, staff: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(orders, "put", lambda *_: 1 / 0)
        given = give(site, staff("duty"))

    watch(site)

    assert [one.id for one in orders.due(given.at)] == [given.id]


def test_the_duty_officer_opens_the_box_from_a_ticket_with_one_confirmation(
    site: Site, orders: Orders, staff: Make, enter: Make, report: Callable[..., Incident], answer: Make
) -> None:
    incident = report("person.injury")
    browser = enter(staff("duty", name="王值班"))

    page = browser.get(f"/desk/commands/new?station=sn10-north&name=open_box&incident={incident.id}").text
    form = {
        "id": ID,
        "kiosk": "kiosk-01",
        "name": "open_box",
        "reason": f"工单 {incident.number}",
        "incident": incident.id,
    }
    assert f'value="工单 {incident.number}" required checked' in page
    answered = browser.post("/desk/commands", data=form, follow_redirects=False)
    answer(ID, "accepted")
    answer(ID, "failed", reason="interrupted, may have acted")
    followed = browser.get(answered.headers["location"]).text

    assert answered.status_code == 303
    assert "可能已经动作，请到现场看一眼" in followed
    assert "王值班" in followed and f"工单 {incident.number}" in followed
    assert "开急救箱" in browser.get("/desk/commands").text


def test_what_was_typed_stays_when_it_cannot_be_taken(site: Site, orders: Orders, staff: Make, enter: Make) -> None:
    form = {"id": ID, "kiosk": "kiosk-01", "name": "show_message", "text": "<b>" + "长" * 70, "seconds": "600"}

    page = enter(staff("duty")).post("/desk/commands", data=form)

    assert page.status_code == 422
    assert "&lt;b&gt;长" in page.text and "<b>长" not in page.text
    assert ID in page.text


def test_somebody_without_any_command_sees_no_page(site: Site, orders: Orders, staff: Make, enter: Make) -> None:
    browser = enter(staff("grid"))

    assert browser.get("/desk/commands").status_code == 403
    assert "远程指令" not in browser.get("/desk").text


def test_a_screenshot_comes_home_with_the_kiosks_own_password(
    site: Site, orders: Orders, staff: Make, enter: Make, client: TestClient, clock: Any
) -> None:
    site.mailbox.enrol("kiosk-01", hash_secret("secret-1"), 1)
    person = staff("it")
    give(site, person, name="take_screenshot", reason="")
    picture = b"\x89PNG\r\n\x1a\n" + b"x" * 1000

    strange = put(client, ID, picture, "kiosk-01:guessed")
    unknown = put(client, "command-9999", picture)
    no_picture = put(client, ID, b"<svg onload=alert(1)>")
    too_large = put(client, ID, picture + b"x" * 2**21)
    kept = put(client, ID, picture)
    shown = enter(person).get(f"/desk/commands/{ID}/find")
    clock.forward(8 * DAY_MS)
    sweep(site)

    assert (strange, unknown, no_picture, too_large, kept) == (401, 404, 422, 422, 204)
    assert (shown.content, shown.headers["content-type"]) == (picture, "image/png")
    assert enter(person).get(f"/desk/commands/{ID}/find").status_code == 404


def test_a_log_is_shown_as_text_to_those_who_may_ask_for_it(
    site: Site, orders: Orders, staff: Make, enter: Make, client: TestClient
) -> None:
    site.mailbox.enrol("kiosk-01", hash_secret("secret-1"), 1)
    give(site, staff("it"), name="collect_logs", reason="")

    put(client, ID, b"<script>alert(1)</script>\x1b[31m")
    seen = enter(staff("it")).get(f"/desk/commands/{ID}").text
    hidden = enter(staff("duty")).get(f"/desk/commands/{ID}").text

    assert "&lt;script&gt;" in seen and "\x1b" not in seen
    assert "&lt;script&gt;" not in hidden


def test_a_program_orders_with_a_key_once_and_never_moves_hardware(
    site: Site, orders: Orders, client: TestClient, answer: Make
) -> None:
    with site.store.work() as work:
        token = new_token(work, "wall clock", ("community:sn10",))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "close-at-ten"}
    wish = {"kiosk": "kiosk-01", "name": "show_message", "args": {"text": "十点关门"}}

    first = client.post("/api/v1/commands", headers=headers, json=wish)
    again = client.post("/api/v1/commands", headers=headers, json=wish)
    other = client.post("/api/v1/commands", headers=headers, json={**wish, "args": {"text": "九点关门"}})
    box = client.post("/api/v1/commands", headers=headers, json={"kiosk": "kiosk-01", "name": "open_box"})
    answer(first.json()["id"], "done")
    got = client.get(f"/api/v1/commands/{first.json()['id']}", headers=headers).json()
    listed = client.get("/api/v1/commands?kiosk=kiosk-01", headers=headers).json()["items"]

    assert (first.status_code, again.status_code, other.status_code, box.status_code) == (201, 200, 422, 403)
    assert first.json()["id"] == again.json()["id"]
    assert (got["state"], got["by"], got["args"]) == ("done", "wall clock", {"text": "十点关门", "seconds": 120})
    assert [one["id"] for one in listed] == [got["id"]]
    assert json.dumps(got)


def test_every_command_that_people_can_give_has_its_words() -> None:
    from gateway.contract.commands import DEEDS

    assert set(KINDS) == set(DEEDS)
    assert all(kind.reasons for kind in KINDS.values() if kind.weighty)
    assert why_not("no browser here") == "这台机器没有装浏览器，拍不了"
    assert why_not("something new") == "something new"
