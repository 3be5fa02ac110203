"""A code for credentials: once, for fifteen minutes, and what a stranger learns by guessing."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gateway.credentials import verify_secret
from server import stations
from server.kit.clock import MINUTE_MS
from server.kit.site import Site
from server.pairing import actions, records, rules
from server.stations import find, kiosks_at, station_of


def good(site: Site, content: dict[str, Any]) -> bool:
    return actions.is_good(site.mailbox, content["kiosk"], content["password"], demo=False)


def other(code: str) -> str:
    """The same slot, another secret."""
    return code[:3] + f"{(int(code[3:]) + 1) % 1_000_000:06d}"


def test_a_code_is_exchanged_for_all_that_a_kiosk_needs(site: Site, newcomer: Any, code: Any) -> None:
    content = newcomer().pair(code("sn10-east").shown)

    with site.store.look() as look:
        station = find(look, "sn10-east")
        assert station is not None
        assert station_of(look, content["kiosk"]) == "sn10-east"
    assert content["kiosk"] == "kiosk-02"
    assert bytes.fromhex(content["presence_key"]) == station.presence_key
    assert content["mqtt_url"] == "mqtt://testserver:1883"
    assert (content["public_url"], content["ca"]) == ("http://testserver", "")
    assert good(site, content)


def test_neither_code_nor_password_is_kept(site: Site, newcomer: Any, code: Any) -> None:
    made = code()
    content = newcomer().pair(made.code)

    kept = b"".join(path.read_bytes() for path in site.data.iterdir() if path.is_file())

    assert made.code.encode() not in kept
    assert content["password"].encode() not in kept


def test_a_code_works_once(site: Site, newcomer: Any, code: Any) -> None:
    made = code()
    first = newcomer().pair(made.code)

    assert newcomer().ask(made.code).status_code == 404
    assert good(site, first)


def test_every_wrong_code_gets_the_same_answer(site: Site, clock: Any, newcomer: Any, code: Any) -> None:
    used, revoked, guessed = code("sn10-east"), code("sn11-gate"), code("yh1-gate")
    newcomer().pair(used.code)
    with site.store.work() as work:
        actions.revoke_code(work, "sn11-gate", "小林")

    answers = [
        newcomer().ask(typed)
        for typed in (used.code, revoked.code, other(guessed.code), "123", "", "x" * 100, "１２３４５６７８９")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_an_expired_code_opens_nothing(clock: Any, newcomer: Any, code: Any) -> None:
    made = code()
    clock.forward(15 * MINUTE_MS)

    assert newcomer().ask(made.code).status_code == 404


def test_five_wrong_guesses_end_that_code_and_no_other(newcomer: Any, code: Any) -> None:
    made, neighbour = code("sn10-east"), code("sn11-gate")
    stranger = newcomer()

    answers = [stranger.ask(other(made.code)).status_code for _ in range(rules.WRONG_MOST)]

    assert answers == [404] * rules.WRONG_MOST
    assert newcomer().ask(made.code).status_code == 404
    assert newcomer().ask(neighbour.code).status_code == 200


def test_an_address_that_guesses_has_to_wait(newcomer: Any, code: Any) -> None:
    made = code()
    stranger = newcomer()

    answers = [stranger.ask("000111222") for _ in range(9)]

    assert [answer.status_code for answer in answers] == [404] * 8 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 60
    assert stranger.ask(made.code).status_code == 429


def test_a_lost_answer_is_given_again_with_a_fresh_password(site: Site, clock: Any, newcomer: Any, code: Any) -> None:
    made, kiosk = code(), newcomer()
    lost = kiosk.pair(made.code)
    clock.forward(MINUTE_MS)

    again = kiosk.pair(made.code)

    assert again["kiosk"] == lost["kiosk"]
    assert good(site, again)
    assert not good(site, lost)
    with site.store.look() as look:
        assert [kiosk for kiosk, at in kiosks_at(look).items() if at == "sn10-east"] == [lost["kiosk"]]


def test_after_two_minutes_a_lost_answer_stays_lost(clock: Any, newcomer: Any, code: Any) -> None:
    made, kiosk = code(), newcomer()
    kiosk.pair(made.code)
    clock.forward(2 * MINUTE_MS + 1)

    assert kiosk.ask(made.code).status_code == 404


def test_a_request_that_was_overtaken_changes_nothing(site: Site, newcomer: Any, code: Any) -> None:
    made, kiosk = code(), newcomer()
    kept = kiosk.ask(made.code, attempt=2).json()

    late = kiosk.ask(made.code, attempt=1)

    assert late.status_code == 404
    assert good(site, kept)


def test_a_kiosk_retired_meanwhile_gets_no_second_answer(site: Site, newcomer: Any, code: Any) -> None:
    made, kiosk = code(), newcomer()
    content = kiosk.pair(made.code)
    with site.store.work() as work:
        actions.retire(work, site.mailbox, content["kiosk"], "小林")

    assert kiosk.ask(made.code).status_code == 404
    assert not good(site, content)


def test_a_failing_mailbox_leaves_the_code_unused(
    site: Site, newcomer: Any, code: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = code()
    with monkeypatch.context() as broken:

        def full(*_: Any, **__: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        broken.setattr(site.mailbox, "enrol", full)
        assert newcomer().ask(made.code).status_code == 503

    assert newcomer().ask(made.code).status_code == 200


def test_a_replacement_takes_over_and_the_old_login_dies(site: Site, newcomer: Any, code: Any) -> None:
    old = newcomer().pair(code("sn10-east").code)

    new = newcomer().pair(code("sn10-east", replaces=old["kiosk"]).code)

    assert new["kiosk"] != old["kiosk"]
    assert good(site, new)
    assert not good(site, old)
    with site.store.look() as look:
        assert [kiosk for kiosk, at in kiosks_at(look).items() if at == "sn10-east"] == [new["kiosk"]]


def test_a_login_that_a_crash_left_alive_is_cut_by_the_next_round(
    site: Site, newcomer: Any, code: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = newcomer().pair(code("sn10-east").code)
    with monkeypatch.context() as crash:
        crash.setattr(site.mailbox, "revoke", lambda *_: None)
        with site.store.work() as work:
            actions.retire(work, site.mailbox, content["kiosk"], "小林")
    assert good(site, content)

    actions.cut(site)

    assert not good(site, content)


def test_a_station_out_of_service_takes_its_kiosks_and_its_open_code_with_it(
    site: Site, newcomer: Any, code: Any
) -> None:
    first, second = newcomer().pair(code("sn10-east").code), newcomer().pair(code("sn10-east").code)
    elsewhere = newcomer().pair(code("sn10-north").code)
    waiting = code("sn10-east")

    with site.store.work() as work:
        stations.retire(work, "sn10-east", "岗亭拆除", "陈主任")
    actions.cut(site)

    assert (good(site, first), good(site, second), good(site, elsewhere)) == (False, False, True)
    assert newcomer().ask(waiting.code).status_code == 404
    with site.store.look() as look:
        assert set(kiosks_at(look, ["sn10-east"])) == set()
        log = [(row["deed"], row["kiosk"], row["by_name"], row["note"]) for row in records.log_of(look, "sn10-east", 3)]
    assert log == [
        ("retired", second["kiosk"], "陈主任", "小站停用"),
        ("retired", first["kiosk"], "陈主任", "小站停用"),
        ("revoked", "", "陈主任", "小站停用"),
    ]


def test_a_kiosk_moved_away_in_time_outlives_its_old_station(site: Site, newcomer: Any, code: Any) -> None:
    content = newcomer().pair(code("sn10-east").code)

    with site.store.work() as work:
        actions.move(work, content["kiosk"], "sn11-gate", "小林")
        stations.retire(work, "sn10-east", "岗亭拆除", "陈主任")
    actions.cut(site)

    assert good(site, content)


def test_a_moved_kiosk_keeps_its_login_and_learns_the_new_key(
    site: Site, client: TestClient, newcomer: Any, code: Any
) -> None:
    content = newcomer().pair(code("sn10-east").code)
    login = {"kiosk": content["kiosk"], "password": content["password"]}
    with site.store.work() as work:
        actions.move(work, content["kiosk"], "sn11-gate", "小林")

    renewed = client.post("/pair/renew", json=login).json()

    assert (renewed["station"], renewed["password"]) == ("sn11-gate", content["password"])
    assert renewed["presence_key"] != content["presence_key"]
    assert good(site, content)


def test_only_the_right_password_learns_anything(client: TestClient, newcomer: Any, code: Any) -> None:
    content = newcomer().pair(code().code)
    login = {"kiosk": content["kiosk"], "password": content["password"]}

    assert client.post("/pair/standing", json=login).json() == {"standing": "good"}
    for wrong in ({**login, "password": "x"}, {**login, "kiosk": "kiosk-99"}, {**login, "kiosk": "gateway"}):
        assert client.post("/pair/standing", json=wrong).json() == {"standing": "stopped"}
        assert client.post("/pair/renew", json=wrong).status_code == 404


def test_nonsense_is_refused_in_good_order(client: TestClient) -> None:
    for body in ("", "[]", "{}", '{"code": 1}', '{"code":"1","nonce":"\\ud800","attempt":1}', "\x00"):
        answer = client.post("/pair", content=body, headers={"content-type": "application/json"})

        assert answer.status_code in {404, 422}, body


def test_names_are_never_given_twice(site: Site, newcomer: Any, code: Any) -> None:
    content = newcomer().pair(code("sn10-east").code)
    with site.store.work() as work:
        actions.retire(work, site.mailbox, content["kiosk"], "小林")

    assert newcomer().pair(code("sn10-east").code)["kiosk"] == "kiosk-03"


def test_pairing_beside_others_gives_each_its_own(site: Site, newcomer: Any, code: Any) -> None:
    for number in range(1000, 1100):
        site.mailbox.enrol(f"kiosk-{number}", "$7$1$YQ==$YQ==", 1)

    content = newcomer().pair(code().code)

    assert content["kiosk"] == "kiosk-1100"
    stored = {one.kiosk: one.secret for one in site.mailbox.credentials()}
    assert len(stored) == 101
    assert verify_secret(content["password"], stored["kiosk-1100"])


def test_the_certificate_of_the_broker_comes_along(
    site: Site, client: TestClient, newcomer: Any, code: Any, tmp_path: Any
) -> None:
    from server.pairing.settings import Settings

    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n", "ascii")
    door, _ = site.parts["pairing"]
    site.parts["pairing"] = (door, Settings(mqtt_tls_cert=tmp_path / "cert.pem", mqtt_tls_ca=tmp_path / "ca.pem"))

    content = newcomer().pair(code().code)

    assert content["mqtt_url"] == "mqtts://testserver:1883"
    assert content["ca"].startswith("-----BEGIN CERTIFICATE")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"mqtt_public_url": "mqtts://mqtt.example.cn"}, "mqtts://mqtt.example.cn"),
        ({"mqtt_url": "mqtts://gateway:secret@emqx:8883"}, "mqtts://emqx:8883"),
        ({"mqtt_port": 2883}, "mqtt://centre.example.cn:2883"),
    ],
)
def test_a_kiosk_is_told_the_broker_without_anybodys_password(given: dict[str, Any], url: str) -> None:
    from server.pairing.settings import Settings

    assert Settings(**given).broker("https://centre.example.cn") == url


def test_a_code_is_read_however_it_is_typed() -> None:
    assert rules.clean(" 123-456 789 ") == "123456789"
    assert rules.clean("１２３ ４５６ ７８９") == "123456789"
    assert rules.clean("12345678") is None
    assert rules.clean("٠١٢٣٤٥٦٧٨") is None


def test_what_is_written_down_is_who_did_what(site: Site, newcomer: Any, code: Any) -> None:
    from server.pairing import records

    old = newcomer().pair(code("sn10-east").code)
    newcomer().pair(code("sn10-east", replaces=old["kiosk"]).code)

    with site.store.look() as look:
        log = [(row["deed"], row["kiosk"], row["by_name"]) for row in records.log_of(look, "sn10-east")]
    assert log == [
        ("paired", "kiosk-03", "小林"),
        ("replaced", "kiosk-02", "小林"),
        ("code", "kiosk-02", "小林"),
        ("paired", "kiosk-02", "小林"),
        ("code", "", "小林"),
    ]


def test_old_facts_of_a_moved_kiosk_count_where_they_happened(
    site: Site, newcomer: Callable[[], Any], code: Any, make_stored: Any
) -> None:
    from server.stations import station_of_fact

    kiosk = newcomer().pair(code("sn10-east").code)["kiosk"]
    with site.store.work() as work:
        actions.move(work, kiosk, "sn11-gate", "小林")

    with site.store.look() as look:
        assert station_of_fact(look, make_stored(kiosk, {"station": "sn10-east"})).code == "sn10-east"
        assert station_of_fact(look, make_stored(kiosk, {"station": "sn11-gate"})).code == "sn11-gate"
        assert station_of_fact(look, make_stored(kiosk, {"station": "yh1-gate"})).code == "sn11-gate"


@pytest.fixture
def make_stored() -> Callable[..., Any]:
    from gateway.contract.topics import Lane
    from gateway.mailbox import StoredFact

    def make(kiosk: str, body: dict[str, Any]) -> StoredFact:
        return StoredFact(
            kiosk, Lane.EVENT, "streamAAAA", 1, "checkin", 1, "ntp", "boot", 1, body, {}, json.dumps(body), 2
        )

    return make
