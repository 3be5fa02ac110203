import stat
import subprocess
from pathlib import Path

import pytest

from gateway.credentials import (
    hash_secret,
    logins,
    new_password,
    own_password,
    verify_secret,
    write_password_file,
)
from gateway.mailbox import Credential


def test_a_secret_verifies_only_with_its_own_password() -> None:
    secret = hash_secret("correct horse")

    assert verify_secret("correct horse", secret)
    assert not verify_secret("correct horse ", secret)
    assert not verify_secret("", secret)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_secret("same") != hash_secret("same")


@pytest.mark.parametrize("secret", ["", "plain", "$7$0$AA==$AA==", "$7$x$AA==$AA==", "$6$101$AA==$AA==", "$7$101$?$?"])
def test_an_unreadable_hash_verifies_nothing(secret: str) -> None:
    assert not verify_secret("anything", secret)


def test_a_hash_made_with_unreasonably_many_rounds_is_not_computed() -> None:
    assert not verify_secret("x", "$7$99999999999$AAAA$AAAA")


def test_passwords_are_long_and_never_the_same() -> None:
    made = {new_password() for _ in range(100)}

    assert len(made) == 100
    assert min(map(len, made)) >= 32


def test_a_hash_made_by_mosquitto_itself_verifies_here(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "kiosk-01", "secret"], check=True, capture_output=True)

    secret = file.read_text().strip().partition(":")[2]

    assert verify_secret("secret", secret)
    assert not verify_secret("Secret", secret)


def test_only_living_credentials_may_log_in_and_demo_ones_only_in_the_demo() -> None:
    held = [
        Credential("kiosk-01", "a", demo=False, created=1, revoked=None),
        Credential("kiosk-02", "b", demo=False, created=1, revoked=2),
        Credential("kiosk-03", "c", demo=True, created=1, revoked=None),
        Credential("gateway", "d", demo=False, created=1, revoked=None),
    ]

    assert logins(held, demo=False) == {"kiosk-01": "a"}
    assert logins(held, demo=True) == {"kiosk-01": "a", "kiosk-03": "c"}


def test_the_password_file_is_ours_alone_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "passwords"

    write_password_file(file, {"b": "2", "a": "1"})
    write_password_file(file, {"a": "1"})

    assert file.read_text() == "a:1\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_gateways_own_password_is_made_once(tmp_path: Path) -> None:
    first = own_password(tmp_path / "password")

    assert own_password(tmp_path / "password") == first
    assert stat.S_IMODE((tmp_path / "password").stat().st_mode) == 0o600
