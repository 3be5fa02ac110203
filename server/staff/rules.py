"""Roles and scope: who sees which community, and who may do what. Pure."""

import re
from dataclasses import dataclass

from gateway.contract.categories import Desk

ROLES = {
    "director": "主任",
    "duty": "值班员",
    "committee": "居委干部",
    "prop_guard": "物业秩序",
    "prop_eng": "物业工程",
    "volunteer": "志愿者",
    "grid": "网格员",
    "street": "街道城运",
    "district": "区城运",
    "it": "IT 志愿者",
}

TRIAGE = frozenset({"director", "duty", "committee", "street", "district"})
"""These see every ticket in their scope and move it; the others see and report back on those of their desk."""

_DESKS = {
    "director": Desk.DIRECTOR,
    "duty": Desk.DUTY,
    "committee": Desk.DUTY,
    "prop_guard": Desk.PROP_GUARD,
    "prop_eng": Desk.PROP_ENG,
    "volunteer": Desk.VOLUNTEER,
    "grid": Desk.GRID,
    "street": Desk.STREET,
}

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_SCOPE = re.compile(r"(community|street|district):[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here. `scopes`: `community:sn10`, `street:songnan` or `district:baoshan`."""

    id: int
    login: str
    name: str
    role: str
    scopes: tuple[str, ...]
    communities: frozenset[str]
    """The communities the scopes cover, resolved: a street covers all of its own."""

    @property
    def role_label(self) -> str:
        """In Chinese."""
        return ROLES[self.role]

    @property
    def desk(self) -> Desk | None:
        """The desk this role stands for; None for those who only oversee."""
        return _DESKS.get(self.role)

    @property
    def triages(self) -> bool:
        """Whether this person routes and closes tickets."""
        return self.role in TRIAGE

    @property
    def minds_fleet(self) -> bool:
        """Whether the kiosks' health is this person's business."""
        return self.triages or self.role == "it"

    def sees(self, community: str) -> bool:
        """Whether a community lies in this person's scope."""
        return community in self.communities


def is_login(login: str) -> bool:
    """2–32 of a–z, 0–9, dot, hyphen, underscore."""
    return bool(_LOGIN.fullmatch(login))


def is_scope(scope: str) -> bool:
    """`community:`, `street:` or `district:` and a code."""
    return bool(_SCOPE.fullmatch(scope))


def weak(password: str) -> str | None:
    """Why a password will not do (Chinese sentence), or None. Length is what counts; no composition games."""
    if len(password) < 10:
        return "密码至少 10 个字符"
    if len(password) > 200:
        return "密码太长了"
    if len(set(password)) < 4:
        return "密码太简单了"
    return None
