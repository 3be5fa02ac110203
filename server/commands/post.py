"""The way to the gateway. What puts a command into the mailbox's database is handed in by the front door."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from gateway.contract.commands import Command
from server.kit.errors import Unavailable
from server.kit.site import Site


class Post(Protocol):
    """As `gateway.orders.Orders`."""

    def put(self, kiosk: str, command: Command, now: int) -> bool:
        """Queue a command; False for an id that is there already."""

    def sent(self, ids: Collection[str]) -> dict[str, int]:
        """id → when it went out, for those that did."""

    def close(self) -> None:
        """End."""


_openers: list[Callable[[Path], Post]] = []


def deliver_through(opener: Callable[[Path], Post]) -> None:
    """Called once by the front door, which alone sees all programs; `opener` is given the mailbox's file."""
    _openers[:] = [opener]


def start(site: Site) -> None:
    """Open the way; without one, commands are refused with a sentence."""
    if _openers and "commands" not in site.parts:
        site.parts["commands"] = _openers[0](site.data / "mailbox.db")


def stop(site: Site) -> None:
    """Close it."""
    post: Post | None = site.parts.pop("commands", None)
    if post is not None:
        post.close()


def post_of(site: Site) -> Post:
    """Raises `Unavailable`."""
    post: Post | None = site.parts.get("commands")
    if post is None:
        raise Unavailable("指令通道没有接上，请联系 IT")
    return post
