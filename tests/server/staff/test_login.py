"""Logging in and out, what a session is worth and for how long, and that every refusal looks and works alike."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from server import staff as people
from server.kit.clock import HOUR_MS
from server.kit.errors import Invalid, Missing, TooMany, Unknown
from server.kit.site import Site
from server.staff import COOKIE, actions, records
from server.staff.pages import inside
from server.staff.rules import weak

PASSWORD = "a long enough one 1"


def log_in(client: TestClient, login: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login", data={"login": login, "password": password, **more}, follow_redirects=False)


def test_somebody_who_is_not_logged_in_is_led_to_the_login_and_back(client: TestClient, staff: Any) -> None:
    staff("duty", login="wang")

    led = client.get("/desk/notices", follow_redirects=False)
    to = parse_qs(urlsplit(led.headers["location"]).query)["to"][0]
    back = log_in(client, "wang", to=to)

    assert (led.status_code, urlsplit(led.headers["location"]).path) == (303, "/login")
    assert (back.status_code, back.headers["location"]) == (303, "/desk/notices")
    assert client.get("/desk/notices").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_only_its_hash_is_stored(
    client: TestClient, site: Site, staff: Any
) -> None:
    staff("duty", login="wang")

    answer = log_in(client, "  WANG ")

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = client.cookies[COOKIE]
    with site.store.look() as look:
        stored = [row["token"] for row in look.rows("select token from sessions")]
    assert stored == [actions.fingerprint(token)]
    assert token not in stored


def test_logging_out_ends_the_session_at_the_server(client: TestClient, staff: Any) -> None:
    staff("duty", login="wang")
    log_in(client, "wang")
    token = client.cookies[COOKIE]

    client.post("/logout")
    client.cookies.set(COOKIE, token)

    assert client.get("/desk", follow_redirects=False).status_code == 303


def test_a_session_ends_after_twelve_hours(client: TestClient, staff: Any, clock: Any) -> None:
    staff("duty", login="wang")
    log_in(client, "wang")

    clock.forward(12 * HOUR_MS - 60_000)
    before = client.get("/desk", follow_redirects=False).status_code
    clock.forward(120_000)
    after = client.get("/desk", follow_redirects=False).status_code

    assert (before, after) == (200, 303)


def test_a_disabled_account_and_a_new_password_end_every_session(client: TestClient, site: Site, staff: Any) -> None:
    for change in ("disable", "password"):
        staff("duty", login=f"{change}-1")
        log_in(client, f"{change}-1")

        with site.store.work() as work:
            if change == "disable":
                people.disable(work, "disable-1")
            else:
                people.reset_password(work, site.parts["staff"], "password-1", "another long one 2")

        assert client.get("/desk", follow_redirects=False).status_code == 303


def test_a_wrong_password_a_wrong_name_and_a_closed_account_get_the_same_answer(
    client: TestClient, site: Site, staff: Any
) -> None:
    staff("duty", login="wang")
    staff("duty", login="gone")
    staff("duty", login="demo-duty", demo=True)
    with site.store.work() as work:
        people.disable(work, "gone")

    answers = [
        log_in(client, login, password)
        for login, password in (("wang", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("demo-duty", PASSWORD))
    ]

    pages = {
        answer.text.replace(login, "")
        for answer, login in zip(answers, ("wang", "nobody", "gone", "demo-duty"), strict=True)
    }
    assert {answer.status_code for answer in answers} == {401}
    assert len(pages) == 1


@pytest.mark.parametrize("login", ["wang", "nobody", "gone", "demo-duty"])
def test_every_refusal_verifies_exactly_one_hash_so_that_none_is_faster(
    site: Site, staff: Any, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    staff("duty", login="wang")
    staff("duty", login="gone")
    staff("duty", login="demo-duty", demo=True)
    with site.store.work() as work:
        people.disable(work, "gone")
    door = people.Door()
    verified: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: str) -> bool:
        verified.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    with pytest.raises(Unknown):
        actions.log_in(site, door, login, "not the right one", "1.2.3.4")

    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$")


def test_a_demo_account_works_in_the_demo_only_and_its_session_dies_with_it(site: Site, staff: Any) -> None:
    staff("duty", login="demo-duty", demo=True)
    site.demo = True
    session = actions.log_in(site, people.Door(), "demo-duty", PASSWORD, "1.2.3.4")

    inside_the_demo = actions.who(site, session.token)
    site.demo = False

    assert inside_the_demo is not None
    assert actions.who(site, session.token) is None


def test_tries_are_limited_by_account_and_by_address_and_a_right_password_clears_the_account(
    site: Site, staff: Any
) -> None:
    staff("duty", login="wang")
    door = people.Door()
    for _ in range(4):
        with pytest.raises(Unknown):
            actions.log_in(site, door, "wang", "wrong", "1.2.3.4")
    actions.log_in(site, door, "wang", PASSWORD, "1.2.3.4")
    for _ in range(5):
        with pytest.raises(Unknown):
            actions.log_in(site, door, "wang", "wrong", "5.6.7.8")

    with pytest.raises(TooMany):
        actions.log_in(site, door, "wang", PASSWORD, "9.9.9.9")


def test_one_address_cannot_try_many_accounts_and_an_office_can_log_in(site: Site, staff: Any) -> None:
    door = people.Door()
    staff("duty", login="wang")
    for _ in range(31):
        actions.log_in(site, door, "wang", PASSWORD, "1.2.3.4")
    for number in range(30):
        door.knock(f"name-{number}", "1.2.3.4")
        door.turn_away("1.2.3.4")

    with pytest.raises(TooMany):
        door.knock("name-31", "1.2.3.4")
    door.knock("name-31", "4.3.2.1")


def test_a_refused_login_keeps_the_name_and_never_the_password(client: TestClient, staff: Any) -> None:
    answer = log_in(client, 'wang"><script>alert(1)</script>', "secret-typed-password")

    assert "secret-typed-password" not in answer.text
    assert "<script>alert" not in answer.text
    assert "wang&#34;&gt;&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "desk",
     "/desk\r\nSet-Cookie: a=b", "", "\\\\evil.example", "http:/evil.example"],
)  # fmt: skip
def test_a_login_sends_nobody_elsewhere(client: TestClient, staff: Any, to: str) -> None:
    staff("duty", login="wang")

    answer = log_in(client, "wang", to=to)

    assert answer.headers["location"] == "/desk"
    assert inside(to) == "/desk"


def test_a_login_keeps_an_address_of_this_site_with_its_query() -> None:
    assert inside("/desk?tab=all&station=sn10-north") == "/desk?tab=all&station=sn10-north"


def test_a_post_from_another_site_is_refused_when_it_carries_a_cookie(client: TestClient, staff: Any) -> None:
    staff("duty", login="wang")
    log_in(client, "wang")

    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        assert client.post("/logout", headers=headers).status_code == 403

    assert client.get("/desk", follow_redirects=False).status_code == 200
    assert client.post("/logout", headers={"sec-fetch-site": "same-origin"}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "change",
    [{"login": "X"}, {"login": "a" * 33}, {"login": "王"}, {"role": "king"}, {"scopes": ()}, {"scopes": ("sn10",)},
     {"scopes": ("community:nowhere",)}, {"password": "short"}, {"password": "aaaaaaaaaaaa"}, {"name": " "},
     {"name": "长" * 21}, {"login": "taken"}],
    ids=str,
)  # fmt: skip
def test_an_account_that_makes_no_sense_is_refused_with_a_sentence(
    site: Site, staff: Any, change: dict[str, Any]
) -> None:
    staff("duty", login="taken")
    values = {
        "login": "wang",
        "name": "王",
        "role": "duty",
        "scopes": ("community:sn10",),
        "password": PASSWORD,
        **change,
    }

    with pytest.raises(Invalid), site.store.work() as work:
        people.add(work, people.Door(), **values)


def test_accounts_nobody_has_are_missing(site: Site) -> None:
    with pytest.raises(Missing), site.store.work() as work:
        people.disable(work, "nobody")
    with pytest.raises(Missing), site.store.work() as work:
        people.reset_password(work, people.Door(), "nobody", PASSWORD)


def test_length_is_what_counts_in_a_password() -> None:
    assert weak("123456789")
    assert weak("x" * 201)
    assert weak("correct horse battery") is None


@pytest.mark.parametrize(
    ("scopes", "communities"),
    [(("community:sn10",), {"sn10"}), (("street:songnan",), {"sn10", "sn11"}),
     (("district:baoshan",), {"sn10", "sn11", "yh1"}),
     (("community:yh1", "street:songnan"), {"sn10", "sn11", "yh1"}), (("community:nowhere",), set())],
)  # fmt: skip
def test_a_scope_covers_the_communities_below_it(site: Site, scopes: tuple[str, ...], communities: set[str]) -> None:
    with site.store.look() as look:
        assert records.covered(look, scopes) == communities


def test_a_token_opens_the_api_for_its_scope_until_it_is_revoked(client: TestClient, site: Site) -> None:
    with site.store.work() as work:
        token = people.new_token(work, "roster", ("community:sn11",))
    headers = {"authorization": f"bearer {token}"}

    open_for = client.get("/api/v1/stations", headers=headers)
    with site.store.work() as work:
        assert people.revoke_token(work, 1)
        assert not people.revoke_token(work, 1)
        rows = people.tokens(work)
    closed = client.get("/api/v1/stations", headers=headers)

    assert [one["code"] for one in open_for.json()["items"]] == ["sn11-gate"]
    assert closed.status_code == 401
    assert closed.headers["content-type"] == "application/problem+json"
    assert closed.headers["www-authenticate"] == "Bearer"
    assert token not in str(rows)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "cxz_wrong"])
def test_no_token_and_a_wrong_one_are_answered_alike(client: TestClient, header: str) -> None:
    answer = client.get("/api/v1/stations", headers={"authorization": header})

    assert answer.status_code == 401


def test_a_staff_session_is_no_token(client: TestClient, enter: Any, staff: Any) -> None:
    assert enter(staff("district", scopes=("district:baoshan",))).get("/api/v1/stations").status_code == 401


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("", ("community:sn10",)),
        ("x" * 61, ("community:sn10",)),
        ("a", ()),
        ("a", ("x",)),
        ("a", ("community:nowhere",)),
    ],
)
def test_a_token_that_would_open_nothing_is_not_made(site: Site, name: str, scopes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid), site.store.work() as work:
        people.new_token(work, name, scopes)
