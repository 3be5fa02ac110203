"""Another phone by a one-time link, a copy, and away at once; also from the desk."""

import json
from concurrent.futures import ThreadPoolExecutor

from server import privacy, profiles
from server.kit.clock import MINUTE_MS
from server.kit.site import Site
from server.profiles import records

from ..conftest import Clock
from .conftest import PHONE, Owner, OwnerFactory

ADDRESS = "/me/move/"


def link(rider: Owner) -> str:
    page = rider.client.post("/me/move").text
    return ADDRESS + page.split(ADDRESS)[1].split("<")[0].strip()


def signed_in(rider: Owner) -> bool:
    return bool(rider.client.get("/me/phones", follow_redirects=False).status_code == 200)


def test_the_link_signs_the_new_phone_in_once_and_looking_at_it_does_not(owner: OwnerFactory) -> None:
    old, new, third = owner(PHONE).sign_in(), owner(PHONE), owner(PHONE)
    address = link(old)

    looked = [new.client.get(address).status_code for _ in range(3)]
    before = signed_in(new)
    new.client.post(address)
    again = third.client.post(address)

    assert looked == [200, 200, 200]
    assert not before
    assert signed_in(new) and signed_in(old)
    assert again.status_code == 404
    assert not signed_in(third)


def test_two_phones_at_once_do_not_both_get_in(owner: OwnerFactory) -> None:
    address = link(owner(PHONE).sign_in())
    phones = [owner(PHONE) for _ in range(6)]

    with ThreadPoolExecutor(6) as hands:
        list(hands.map(lambda phone: phone.client.post(address), phones))

    assert sum(signed_in(phone) for phone in phones) == 1


def test_the_link_is_worth_nothing_after_five_minutes_or_after_a_newer_one(owner: OwnerFactory, clock: Clock) -> None:
    old, new = owner(PHONE).sign_in(), owner(PHONE)
    first = link(old)
    second = link(old)

    older = new.client.post(first).status_code
    clock.forward(5 * MINUTE_MS)
    late = new.client.post(second).status_code

    assert (older, late) == (404, 404)
    assert not signed_in(new)


def test_a_copy_holds_ones_own_things_and_nobody_elses(owner: OwnerFactory) -> None:
    one, other = owner().sign_in(nickname="夜猫子", card=True), owner().sign_in(nickname="小王")

    page, data = one.client.get("/me/data").text, json.loads(one.client.get("/me/data.json").text)

    assert data["档案"][0] | {"开通": ""} == {
        "昵称": "夜猫子",
        "手机号": one.number,
        "开通": "",
        "记分": "开着",
        "记在我的卡上": "开着",
    }
    assert {row["内容"] for row in data["同意过"]} == {"昵称和手机号", "记分", "记在我的卡上"}
    assert "夜猫子" in page
    assert other.number not in page + json.dumps(data)


def test_who_leaves_is_gone_at_once_and_only_the_deed_stays(owner: OwnerFactory, site: Site) -> None:
    rider = owner(PHONE).sign_in(nickname="夜猫子", card=True)
    number = rider.id

    rider.client.post("/me/leave")
    rider.client.post("/me/leave")

    assert not signed_in(rider)
    with site.store.look() as look:
        assert records.by_phone(look, PHONE) is None
        assert privacy.consents(look, f"rider:{number}") == []
        assert [row["deed"] for row in records.deeds(look)] == ["delete"]
        for table in ("profiles", "profile_sessions", "profile_codes", "profile_moves", "profile_visits"):
            assert look.rows(f"select * from {table}") == [], table


def test_the_desk_copies_and_deletes_a_profile_by_its_number(owner: OwnerFactory, site: Site) -> None:
    rider = owner(PHONE).sign_in(nickname="夜猫子")
    by = privacy.By(None, "console", "console", frozenset({"sn10"}))

    copy = privacy.export(site, by, [], PHONE)
    counts = privacy.erase(site, by, [], PHONE)

    assert len(copy) > 100
    assert counts == {"档案": 1}
    assert not signed_in(rider)


def test_the_number_of_a_profile_that_left_is_nobody_elses(owner: OwnerFactory) -> None:
    first = owner(PHONE).sign_in()
    number = first.id
    first.client.post("/me/leave")

    assert owner().sign_in().id > number


def test_nobody_signed_in_is_shown_the_way_in_and_nothing_of_others(owner: OwnerFactory) -> None:
    stranger = owner()

    for path in ("/me/month", "/me/phones", "/me/data", "/me/data.json", "/me/leave", "/me/points", "/me/vouchers"):
        answer = stranger.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/me"), path
    for path in ("/me/nickname", "/me/card", "/me/move", "/me/phones/1/out", "/me/vouchers"):
        assert stranger.client.post(path, follow_redirects=False).status_code == 303, path
    assert profiles.COOKIE not in stranger.client.cookies


def test_sixty_wrong_links_of_a_neighbour_lock_nobody_out(owner: OwnerFactory) -> None:
    old, new = owner(PHONE).sign_in(), owner(PHONE)
    address = link(old)

    invented = [new.client.get(f"{ADDRESS}invented-{number}").status_code for number in range(62)]
    looked = new.client.get(address).status_code
    late = new.client.post(f"{ADDRESS}invented")
    new.client.post(address)
    texted = owner().sign_in()

    assert (invented[0], invented[-1], late.status_code) == (404, 429, 429)
    assert "用短信登录" in late.text
    assert looked == 200
    assert signed_in(new) and signed_in(texted)
