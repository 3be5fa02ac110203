"""A certificate as signed text: a compact JWS (RFC 7515) with Ed25519 (RFC 8037), which any JOSE library verifies.

Written here on `cryptography` alone: of JOSE we need one header and one algorithm, and none of its choices.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.contract import receipts
from server.certificates.rules import Facts

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LONGEST = 2000
_TIMES = {"rep": "reported", "ack": "taken", "fix": "done", "end": "closed", "iat": "issued"}
_WORDS = {"jti": "code", "no": "number", "for": "what", "in": "community"}
_NAMES = _WORDS | _TIMES
CLAIMS = (
    ("jti", "查验编号，十二位"), ("no", "工单编号"), ("for", "协助的是哪一类事"), ("in", "居民区"), ("rep", "骑手上报"),
    ("ack", "居委接手"), ("fix", "处置完成"), ("end", "办结"), ("iat", "开具"),
)  # fmt: skip
"""Every claim in the order it is signed, in a reader's words; `docs/certificate.md` says the same in English."""
_FARTHEST_S = 2**36


class Broken(ValueError):
    """Not one of ours as it stands; `str()` says why, in English."""


def seal(facts: Facts, key_id: str, key: "Ed25519PrivateKey") -> str:
    """The signed text. Times are signed as whole seconds; what is not known is left out."""
    claims = {
        short: value // 1000 if short in _TIMES else value
        for short, name in _NAMES.items()
        if (value := getattr(facts, name)) is not None
    }
    signed = f"{_part(_header(key_id))}.{_part(_json(claims))}"
    return f"{signed}.{_part(key.sign(signed.encode()))}"


def unseal(sealed: str, keys: "Mapping[str, Ed25519PublicKey]") -> tuple[Facts, str]:
    """What it says, and the id of the key that signed it. Raises `Broken`: nothing of it can be believed."""
    from cryptography.exceptions import InvalidSignature

    if len(sealed) > LONGEST:
        raise Broken("too long")
    parts = sealed.split(".")
    if len(parts) != 3:
        raise Broken("not three parts")
    header, claims, signature = (_bytes(part) for part in parts)
    key_id = _key_id(header)
    if key_id not in keys:
        raise Broken(f"signed with a key that is not known: {key_id}")
    try:
        keys[key_id].verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature as cause:
        raise Broken("the signature does not fit") from cause
    return _facts(claims), key_id


def find(text: str) -> str:
    """The signed text in what somebody scanned: the address of a code, or the text alone."""
    found = re.search(r"[?&#]s=([^&#\s]+)", text)
    return found[1] if found else text.strip()


def _header(key_id: str) -> bytes:
    return _json({"alg": "EdDSA", "kid": key_id})


def _key_id(header: bytes) -> str:
    """The header has exactly one form: no other algorithm, and nothing beside."""
    try:
        key_id = json.loads(header)["kid"]
    except (ValueError, KeyError, TypeError, RecursionError) as cause:
        raise Broken("no header of ours") from cause
    if not isinstance(key_id, str) or header != _header(key_id):
        raise Broken("no header of ours")
    return key_id


def _facts(text: bytes) -> Facts:
    """Signed by us, and yet read with care: it may be of a newer program."""
    try:
        claims: dict[str, Any] = json.loads(text)
        values: dict[str, Any] = {name: claims[short] for short, name in _WORDS.items()}
        moments = {name: claims.get(short) for short, name in _TIMES.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise Broken("signed, but not a certificate") from cause
    if not all(isinstance(word, str) for word in values.values()) or not receipts.is_receipt(values["code"]):
        raise Broken("signed, but not a certificate")
    for name, moment in moments.items():
        optional = name not in {"reported", "issued"}
        if not (moment is None and optional) and not (type(moment) is int and 0 <= moment < _FARTHEST_S):
            raise Broken("signed, but not a certificate")
        values[name] = None if moment is None else moment * 1000
    return Facts(**values)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(part: str) -> bytes:
    try:
        content = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Broken("not base64url") from cause
    if _part(content) != part:
        raise Broken("not base64url")  # one signature has one spelling
    return content
