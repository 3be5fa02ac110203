"""The way to the gateway. What puts commands into the mailbox's database is handed in by the front door."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from gateway.contract.commands import Command
from gateway.contract.envelope import Body, Broken
from gateway.mailbox import Mailbox
from server.kit.errors import Unavailable
from server.kit.site import Site


class Post(Protocol):
    """As `gateway.orders.Orders`."""

    def put(self, kiosk: str, command: Command, now: int) -> bool:
        """Queue a command; False for an id that is there already."""

    def desire(self, bodies: Mapping[str, Body]) -> dict[str, str]:
        """Store many kiosks' desired states in one commit; those that cannot be sent, with the reason."""

    def sent(self, ids: Collection[str]) -> dict[str, int]:
        """id → when it went out, for those that did."""


_openers: list[Callable[[Mailbox], Post]] = []


def deliver_through(opener: Callable[[Mailbox], Post]) -> None:
    """Called once by the front door, which alone sees all programs."""
    _openers[:] = [opener]


def start(site: Site) -> None:
    """Open the way; without one, commands are refused with a sentence."""
    if _openers and "commands" not in site.parts:
        site.parts["commands"] = _openers[0](site.mailbox)


def post_of(site: Site) -> Post:
    """Raises `Unavailable`."""
    post: Post | None = site.parts.get("commands")
    if post is None:
        raise Unavailable("指令通道没有接上，请联系 IT")
    return post


def desire(site: Site, bodies: Mapping[str, Body]) -> dict[str, str]:
    """Put kiosks' desired states into the mailbox: all at once, or one by one where no way was opened."""
    post: Post | None = site.parts.get("commands")
    if post is not None:
        return post.desire(bodies)
    refused = {}
    for kiosk, body in bodies.items():
        try:
            site.mailbox.put_desired(kiosk, body)
        except Broken as cause:
            refused[kiosk] = str(cause)
    return refused
