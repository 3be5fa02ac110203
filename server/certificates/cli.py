"""`changxiaozhan certificate …`: check a certificate without a network, show the public keys, change the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server.certificates import keys, seal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to; `lines` for a person to read."""

    true: bool
    lines: tuple[str, ...]


def verify(payload: str, key_file: Path) -> Checked:
    """Check a scanned address, or its signed text alone, against the public keys in a file (`/certificates/key`).

    No network, no database: whether it was revoked since, only the address in the code says. Raises `ValueError` and
    `OSError` for a file that holds no key.
    """
    return _verify(payload, keys.read(key_file.read_bytes()))


def public_keys(data: Path) -> str:
    """What the site publishes. Raises `Unavailable`."""
    return keys.sheet(keys.published(data))


def rotate(data: Path) -> str:
    """Sign with a new key from now on; every older certificate stays true. Returns the new key's id."""
    return keys.rotate(data)


def _verify(payload: str, published: "Mapping[str, Ed25519PublicKey]") -> Checked:
    try:
        facts, key_id = seal.unseal(seal.find(payload), published)
    except seal.Broken as cause:
        return Checked(False, (f"NOT TRUE: {cause}",))
    return Checked(
        True,
        (
            f"signature is good (key {key_id}); whether it was revoked since, only the site knows",
            facts.sentence,
            *(f"{label} {said}" for label, said in facts.lines),
            f"工单编号 {facts.number} · 查验编号 {facts.code}",
            f"{facts.issuer} {facts.issued_on} 开具",
        ),
    )
