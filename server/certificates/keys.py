"""The keys that sign certificates: made once, kept in the data folder; public keys stay published for ever.

`certificates/current.key` (0600) signs. `certificates/<key id>.pem` are the public keys, also of those retired.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from server.kit.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

log = structlog.get_logger()

FOLDER = "certificates"
CURRENT = "current.key"
ID_LENGTH = 8

# `cryptography` is imported inside: 12 MB that the web process needs only once somebody asks for a certificate.


def current(data: Path) -> "tuple[str, Ed25519PrivateKey]":
    """The key that signs now, with its id; made at first use. Raises `Unavailable` when it cannot be read or made."""
    path = data / FOLDER / CURRENT
    try:
        if not path.exists():
            _make(path, replace=False)
        key = _private(path.read_bytes())
        key_id = id_of(key.public_key())
        public = path.parent / f"{key_id}.pem"
        if not public.exists():  # a folder that was put back in part
            _write(public, pem(key.public_key()), 0o644)
    except (OSError, ValueError) as cause:
        log.error("the key for certificates cannot be used", path=str(path), reason=str(cause))
        raise Unavailable("签发证明的密钥现在用不了，已经记下，请稍后再试") from cause
    return key_id, key


def rotate(data: Path) -> str:
    """From now on a new key signs; the former private key is gone, its public key stays. Returns the new id."""
    current(data)
    _make(data / FOLDER / CURRENT, replace=True)
    return current(data)[0]


def published(data: Path) -> "dict[str, Ed25519PublicKey]":
    """Key id → public key, of every key that ever signed here; the one that signs now is the first."""
    now, key = current(data)
    found = {now: key.public_key()}
    for path in sorted((data / FOLDER).glob("*.pem")):
        try:
            found |= read(path.read_bytes())
        except (OSError, ValueError) as cause:
            log.error("a public key for certificates cannot be read", path=str(path), reason=str(cause))
    return found


def sheet(keys: "Mapping[str, Ed25519PublicKey]") -> str:
    """The public keys as a text that `openssl` and `certificate verify --key` read: PEM, each after a line about it."""
    return "".join(f"# {key_id} ed25519 raw-base64 {raw64(key)}\n{pem(key).decode()}" for key_id, key in keys.items())


def read(text: bytes) -> "dict[str, Ed25519PublicKey]":
    """The Ed25519 keys in a PEM text. Raises `ValueError` when there is none, or another kind."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    begin, end = b"-----BEGIN PUBLIC KEY-----", b"-----END PUBLIC KEY-----"
    found = {}
    for piece in text.split(begin)[1:]:
        key = load_pem_public_key(begin + piece.partition(end)[0] + end + b"\n")
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        found[id_of(key)] = key
    if not found:
        raise ValueError("no public key in it")
    return found


def id_of(key: "Ed25519PublicKey") -> str:
    """The first digits of the SHA-256 of the raw key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:ID_LENGTH]


def raw64(key: "Ed25519PublicKey") -> str:
    """The 32 bytes alone, in base64."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def pem(key: "Ed25519PublicKey") -> bytes:
    """SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private(text: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(text, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return key


def _make(path: Path, *, replace: bool) -> None:
    """A new key; where another process was faster and `replace` is not meant, theirs stays."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    # The public half first: nothing is ever signed with a key that is not published.
    public = path.parent / f"{id_of(key.public_key())}.pem"
    _write(public, pem(key.public_key()), 0o644)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if replace:
        _write(path, text, 0o600)
        return
    waiting = _written(path, text, 0o600)
    try:
        os.link(waiting, path)  # all of it or nothing, and never over another one
    except FileExistsError:
        public.unlink()
    waiting.unlink()


def _write(path: Path, content: bytes, mode: int) -> None:
    _written(path, content, mode).replace(path)


def _written(path: Path, content: bytes, mode: int) -> Path:
    """Beside its place, on the disk for certain."""
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return waiting
