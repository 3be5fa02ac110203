"""The way to the gateway: commands and desired states, into the mailbox's database."""

from collections.abc import Mapping

from gateway.contract.envelope import Body
from gateway.orders import Orders
from server.kit.site import Site


def orders_of(site: Site) -> Orders:
    """The table beside the mailbox's own. Raises `gateway.sqlite.Unusable` when it cannot be made."""
    found: Orders | None = site.parts.get("commands")
    if found is None:
        found = site.parts["commands"] = Orders(site.mailbox)
    return found


def desire(site: Site, bodies: Mapping[str, Body]) -> dict[str, str]:
    """Put kiosks' desired states into the mailbox in one commit; those that cannot be sent, with the reason."""
    return orders_of(site).desire(bodies)
