"""What a scanned presence code proved, carried through the forms of the next 15 minutes."""

from itsdangerous import BadData, SignatureExpired

from gateway.contract.presence import Presence
from server.kit.site import Site

LASTS_S = 15 * 60
"""A rider may warm up first; the code itself lives for half a minute."""


def sign(site: Site, station: str, proof: Presence) -> str:
    """A token for the forms of this station's pages; empty when nothing was scanned."""
    return "" if proof is Presence.NONE else site.signer("presence").dumps([station, str(proof)])


def read(site: Site, station: str, token: str) -> Presence:
    """What the token proves about this station now; a token of another station is as good as an invented code."""
    if not token:
        return Presence.NONE
    try:
        signed_station, proof = site.signer("presence").loads(token[:500], max_age=LASTS_S)
        return Presence(proof) if signed_station == station else Presence.WRONG
    except SignatureExpired:
        return Presence.EXPIRED
    except (BadData, ValueError, TypeError):
        return Presence.WRONG
