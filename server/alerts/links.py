"""The one-tap link of somebody who was called: a number and its signature. Nothing secret is stored for it."""

import base64
import hashlib
import hmac

from server.kit.site import Site


def link(site: Site, called: int) -> str:
    """`https://…/a/1f.…`, short enough for a text message; 128 bits cannot be guessed."""
    return f"{site.public_url}/a/{called:x}.{_signature(site, called)}"


def read(site: Site, token: str) -> int | None:
    """The number of the call behind a token; None when it was not made here."""
    number, dot, signature = token.partition(".")
    if not dot or len(number) > 15 or len(token) > 64 or not token.isascii():
        return None
    try:
        called = int(number, 16)
    except ValueError:
        return None
    good = f"{called:x}" == number and hmac.compare_digest(signature, _signature(site, called))
    return called if good else None


def _signature(site: Site, called: int) -> str:
    key = hashlib.sha256(b"alert-link\0" + site.secret.encode()).digest()
    return base64.urlsafe_b64encode(hmac.new(key, str(called).encode(), hashlib.sha256).digest()[:16]).decode()[:22]
