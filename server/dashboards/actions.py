"""What people enter for the Monday page by hand: complaints of a month."""

import re

from server import incidents
from server.dashboards import records
from server.kit.clock import beijing
from server.kit.errors import Invalid, Missing
from server.kit.store import Work
from server.staff import Person

MAX_SOURCE = 30
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def enter_complaints(work: Work, person: Person, community: str, month: str, number: str, source: str) -> None:
    """How many complaints a month brought, and who counted them. Raises `Missing` and `Invalid`.

    Entering a month again corrects it; the earlier word stays on record.
    """
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if not _MONTH.fullmatch(month) or month > beijing(work.now).strftime("%Y-%m"):
        raise Invalid("请选月份，不能是以后的月份")
    digits = number.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        raise Invalid("投诉件数请填一个整数")
    line = " ".join(incidents.plain(source, 2 * MAX_SOURCE).split())
    if not 1 <= len(line) <= MAX_SOURCE:
        raise Invalid(f"请写数字从哪里来，1–{MAX_SOURCE} 个字，如“12345 月报”")
    records.add_complaints(work, community, month, int(digits), line, person.id, person.name)
