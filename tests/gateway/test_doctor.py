"""Each check of the doctor names its own part, against a real broker and real files."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.doctor import (
    Check,
    Login,
    Verdict,
    check_clock,
    check_database,
    check_folder,
    check_login,
    check_network,
    check_rights,
    check_tls,
    examine,
)
from gateway.doctor import storage as storage_checks
from gateway.wire.paho import Endpoint

NOW = datetime(2026, 3, 16, tzinfo=UTC).timestamp()


@pytest.fixture
def login(station: Any) -> Login:
    station.broker.start()
    return Login(Endpoint("127.0.0.1", station.port, secure=False), "kiosk-01", "kiosk-01", "secret")


def test_a_kiosk_with_its_password_is_let_in_and_hears_only_its_own(station: Any, login: Login) -> None:
    own = ("cxz/1/kiosk-01/down/#", "cxz/1/gateway/state")
    silent = check_rights(login, own)
    session = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="gateway")
    session.username_pw_set(station.broker.username, station.broker.password)
    session.connect("127.0.0.1", station.port)
    session.loop_start()
    for topic in ("cxz/1/gateway/state", "cxz/1/kiosk-01/down/desired", "cxz/1/kiosk-02/down/desired"):
        session.publish(topic, b"{}", qos=1, retain=True).wait_for_publish(20)
    session.disconnect()
    session.loop_stop()

    network = check_network("network", login.endpoint.host, login.endpoint.port)
    entered = check_login(login)
    rights = check_rights(login, own)
    too_much = check_rights(login, own[:1])

    assert [one.verdict for one in (network, entered, rights)] == [Verdict.OK] * 3
    assert silent.verdict is Verdict.WARN
    assert too_much.verdict is Verdict.FAIL and "anybody could listen" in too_much.words


def test_a_wrong_password_is_a_matter_of_pairing(login: Login) -> None:
    stranger = Login(login.endpoint, "kiosk-01", "kiosk-01", "not this one")

    entered = check_login(stranger)
    rights = check_rights(stranger, ("cxz/1/kiosk-01/down/#",))

    assert (entered.part, entered.verdict) == ("broker login", Verdict.FAIL)
    assert "pair this kiosk again" in entered.cure and "not this one" not in entered.words
    assert rights.verdict is Verdict.SKIPPED


def test_nobody_listening_is_the_networks_failure(free_port: int) -> None:
    found = check_network("network", "127.0.0.1", free_port)
    unknown = check_network("network", "no-such-host.invalid", 1883)

    assert found.verdict is Verdict.FAIL and str(free_port) in found.words
    assert unknown.verdict is Verdict.FAIL and "no-such-host.invalid" in unknown.words


def test_plain_lines_are_warned_of_beyond_this_machine_and_a_port_without_tls_is_named(login: Login) -> None:
    plain = check_tls(Login(Endpoint("broker.example", 1883, secure=False), "k", None, None))
    here = check_tls(login)
    wrong_port = check_tls(Login(Endpoint("127.0.0.1", login.endpoint.port, secure=True), "k", None, None))

    assert (plain.verdict, here.verdict, wrong_port.verdict) == (Verdict.WARN, Verdict.SKIPPED, Verdict.FAIL)
    assert wrong_port.part == "TLS"


@pytest.mark.parametrize(
    ("now", "there", "synchronized", "verdict", "words"),
    [
        (NOW, NOW + 1, True, Verdict.OK, "NTP"),
        (NOW, None, False, Verdict.WARN, "nothing keeps it right"),
        (NOW, NOW - 90, True, Verdict.FAIL, "+90 s"),
        (1_000_000_000.0, None, False, Verdict.FAIL, "lost its battery"),
    ],
)
def test_the_clock(now: float, there: float | None, synchronized: bool, verdict: Verdict, words: str) -> None:
    found = check_clock(lambda: synchronized, lambda: there, lambda: now)

    assert found.verdict is verdict and words in found.words


def test_a_damaged_database_is_named_and_a_whole_one_measured(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    connection = sqlite3.connect(path)
    connection.executescript("create table t (x); create index i on t (x)")
    connection.executemany("insert into t values (?)", [("x" * 200,)] * 2000)
    connection.commit()
    connection.close()

    whole = check_database("outbox", path)
    with path.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096)
    damaged = check_database("outbox", path)

    assert (whole.verdict, damaged.verdict) == (Verdict.OK, Verdict.FAIL)
    assert check_database("outbox", tmp_path / "none.db").verdict is Verdict.SKIPPED


def test_a_folder_that_is_gone_full_or_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = check_folder("storage", tmp_path)
    gone = check_folder("storage", tmp_path / "gone")
    monkeypatch.setattr(storage_checks, "SLOW_S", -1)
    slow = check_folder("storage", tmp_path)
    monkeypatch.setattr(storage_checks, "LEAST_MB", 2**60)
    full = check_folder("storage", tmp_path)

    assert [one.verdict for one in (good, gone, slow, full)] == [
        Verdict.OK, Verdict.FAIL, Verdict.WARN, Verdict.FAIL,
    ]  # fmt: skip


def test_a_check_that_breaks_hides_no_other_and_counts_as_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Check:
        raise ZeroDivisionError("oh")

    code = examine("kiosk [bold]", [("first", broken), ("second", lambda: Check("second", Verdict.OK, "fine [/]"))])
    good = examine("kiosk", [("second", lambda: Check("second", Verdict.WARN, "so so", "mend it"))])
    printed = capsys.readouterr().out

    assert (code, good) == (1, 0)
    assert "ZeroDivisionError" in printed and "fine [/]" in printed and "failing: first" in printed
    assert "→ mend it" in printed
