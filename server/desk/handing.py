"""To whom a ticket can be handed: colleagues, those who approve, and bodies outside."""

from dataclasses import dataclass

from server import incidents, people, staff
from server.incidents import OVERSEERS, Incident
from server.kit.store import Work
from server.staff import ROLES

USUAL_BODIES = (
    "12345 市民热线", "派出所", "交警", "消防救援站", "城管执法", "市政养护", "绿化市容", "供电公司", "自来水公司",
    "燃气公司", "电信运营商", "共享单车企业", "社区卫生中心", "房管办",
)  # fmt: skip
LOOKED_AT = 60
"""Newest tickets that were handed over, from which the bodies used before are read."""
FEW = 3


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who could take the ticket. `ours`: of the responsible desk."""

    id: int
    name: str
    role: str
    ours: bool
    on_duty: bool


def colleagues(work: Work, incident: Incident) -> tuple[Colleague, ...]:
    """Everybody active who may see the ticket, those of its desk first; not whom its reporter was dissatisfied with."""
    now = people.on_duty(work, incident.community, work.now)
    on_duty = {contact.staff for contact in (*now.duty, *now.guard)}
    found = []
    for _, account in people.accounts(work, incident.community):
        one = None if account.staff is None else staff.person(work, account.staff)
        if one is not None and one.id != incident.barred and incidents.may_see(incident, one):
            ours = one.desk == incident.desk
            found.append(Colleague(one.id, one.name, one.role_label, ours, one.id in on_duty))
    return tuple(sorted(found, key=lambda one: (not one.ours, not one.on_duty, one.name)))


def approvers(work: Work, incident: Incident, asker: int) -> str:
    """Who could agree to what this account asks, by role and name; empty when nobody else can."""
    found = [
        f"{ROLES[role]} {account.name}"
        for role, account in people.accounts(work, incident.community)
        if role in OVERSEERS and account.staff != asker
    ]
    return "、".join(found[:FEW]) + (" 等" if len(found) > FEW else "")


def bodies(work: Work, incident: Incident) -> tuple[str, ...]:
    """Bodies to choose from: those this community turned to before, then the usual ones."""
    handed = incidents.find(work, [incident.community], states=("transferred", "closed"), limit=LOOKED_AT)
    return tuple(dict.fromkeys([*(one.body for one in handed if one.body), *USUAL_BODIES]))
