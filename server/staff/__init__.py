"""The people who work here: accounts, roles, scope, login, and API tokens."""

from server.kit.feature import Feature
from server.kit.site import Site
from server.staff import pages
from server.staff.access import COOKIE, Bearer, Client, FleetMinder, Staff, Triager, current
from server.staff.actions import Door, add, disable, new_token, reset_password
from server.staff.records import by_login, everybody, migrations, name_of, person, revoke_token, tokens
from server.staff.rules import ROLES, Person

__all__ = [
    "COOKIE", "ROLES", "Bearer", "Client", "Door", "FleetMinder", "Person", "Staff", "Triager", "add", "by_login",
    "current", "disable", "everybody", "feature", "name_of", "new_token", "person", "reset_password", "revoke_token",
    "tokens",
]  # fmt: skip


def _start(site: Site) -> None:
    site.parts["staff"] = Door()


feature = Feature("staff", migrations=migrations, routers=[pages.router], start=_start)
