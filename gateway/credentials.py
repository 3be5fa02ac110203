"""Passwords: made here, stored only as hashes in Mosquitto's own format, written for the broker to read.

The secrets are random and long, so the hash needs no slowness: 101 rounds, Mosquitto's own default.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.mailbox import Credential

GATEWAY = "gateway"
"""The gateway's own user name."""
_ROUNDS = 101
_MAX_ROUNDS = 1_000_000
_SALT_BYTES = 12


def new_password() -> str:
    """A fresh random password: 192 bits, letters, digits, - and _."""
    return secrets.token_urlsafe(24)


def hash_secret(password: str) -> str:
    """`$7$101$salt$hash`: PBKDF2 with SHA-512, as `mosquitto_passwd` writes it."""
    salt = os.urandom(_SALT_BYTES)
    return f"$7${_ROUNDS}${_base64(salt)}${_base64(_derive(password, salt, _ROUNDS))}"


def verify_secret(password: str, secret: str) -> bool:
    """Whether the password made this hash, in constant time; False for a hash that cannot be read."""
    try:
        empty, kind, rounds_text, salt_text, hash_text = secret.split("$")
        rounds = int(rounds_text)
        salt, expected = base64.b64decode(salt_text, validate=True), base64.b64decode(hash_text, validate=True)
    except (ValueError, binascii.Error):
        return False
    if empty or kind != "7" or not 1 <= rounds <= _MAX_ROUNDS:
        return False
    return hmac.compare_digest(_derive(password, salt, rounds), expected)


def logins(credentials: Iterable[Credential], *, demo: bool) -> dict[str, str]:
    """User name → hash of every kiosk that may log in: never a revoked one, a demo one only in the demo."""
    return {
        one.kiosk: one.secret
        for one in credentials
        if one.revoked is None and (demo or not one.demo) and one.kiosk != GATEWAY
    }


def write_password_file(path: Path, users: Mapping[str, str]) -> None:
    """Write `user:hash` lines for Mosquitto, readable by us alone, all at once."""
    write_private(path, "".join(f"{user}:{secret}\n" for user, secret in sorted(users.items())))


def write_private(path: Path, text: str) -> None:
    """Replace a file by one with mode 0600; a reader sees the old text or the new, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def own_password(path: Path) -> str:
    """The gateway's own password, made at the first call and kept in `path`."""
    try:
        kept = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        kept = ""
    if not kept:
        kept = new_password()
        write_private(path, kept + "\n")
    return kept


def _derive(password: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password.encode("utf-8", "surrogatepass"), salt, rounds)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
