"""Checking a certificate: against the register here, and against the signature in its QR code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server import incidents
from server.certificates import keys, records, rules, seal
from server.certificates.rules import GRANTED, Facts
from server.kit.site import Site
from server.kit.store import Work

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VALID, REVOKED, ALTERED, UNREGISTERED = "valid", "revoked", "altered", "unregistered"
UNKNOWN, NOT_FOUND = "unknown", "not_found"
NOTHING = frozenset({UNKNOWN, NOT_FOUND})
"""There is no such certificate here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody who scanned a code is told.

    `valid`; `revoked`; `altered` (ours, but the paper's code says something else than we signed); `unregistered` (our
    signature, and not in this register); `unknown` (scanned, and not ours); `not_found` (typed, and no such number:
    more likely misread than forged).
    """

    state: str
    facts: Facts | None = None
    """As we signed them; None when there is nothing to believe."""
    revoked: int | None = None
    since: str = ""
    """What became of the ticket afterwards."""
    scanned: bool = False
    """Whether the code's signature was checked too, not only its number."""


def check(site: Site, look: Work, code: str, scanned: str) -> Verdict:
    """By the number in the address, and (`scanned`) the signed text of the QR code; empty when it was typed."""
    published = keys.published(site.data)
    said = _unsealed(scanned, published) if scanned else None
    row = records.by_code(look, code)
    if row is None:
        ours = said is not None and said.code == code
        return Verdict(UNREGISTERED, said, scanned=True) if ours else Verdict(UNKNOWN if scanned else NOT_FOUND)
    facts = _unsealed(row.sealed, published)
    if scanned and scanned != row.sealed:
        return Verdict(ALTERED)
    if facts is None:  # the public key it was signed with is gone from the data folder
        return Verdict(UNREGISTERED)
    if row.state != GRANTED:
        return Verdict(REVOKED, facts, row.revoked, scanned=bool(scanned))
    own = incidents.get(look, row.incident)
    since = rules.since(incidents.leading(look, own)) if own else ""
    return Verdict(VALID, facts, since=since, scanned=bool(scanned))


def _unsealed(text: str, published: "Mapping[str, Ed25519PublicKey]") -> Facts | None:
    try:
        return seal.unseal(text, published)[0]
    except seal.Broken:
        return None
