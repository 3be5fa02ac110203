"""The people of the demo: units, contacts, and a rota that covers every hour."""

import tomllib
from pathlib import Path
from typing import Any

from server.calendar import minutes_of
from server.kit.store import Work
from server.people import records
from server.people.rota import Shift
from server.people.rules import POSTS
from server.staff import by_login

FILE = Path(__file__).parent / "demo.toml"
AUTHOR = "演示"


def seed_demo(work: Work) -> bool:
    """Fill the demo's community, whose stations and accounts must be there. False when somebody is in it already."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    community = str(content["community"])
    if records.contacts(work, community, removed=True) or records.shifts(work, community):
        return False
    numbers = {row["name"]: _contact(work, community, row) for row in content["contact"]}
    for row in content["unit"]:
        unit = records.add_unit(work, community, row["kind"], row["name"], AUTHOR)
        for name in row["members"]:
            for building in row.get("buildings", {}).get(name, [""]):
                records.add_member(work, unit, numbers[name], building, AUTHOR)
    for row in content["shift"]:
        posts = {post: tuple(f"contact:{numbers[name]}" for name in row[post]) for post in POSTS}
        starts, ends = minutes_of(row["starts"]) or 0, minutes_of(row["ends"]) or 0
        shift = Shift(0, row["name"], frozenset(row["days"]), starts, ends, posts)
        records.save_shift(work, community, shift, AUTHOR)
    return True


def _contact(work: Work, community: str, row: dict[str, Any]) -> int:
    account = by_login(work, row["login"]) if "login" in row else None
    values = {"name": row["name"], "phone": row["phone"], "sms": "", "email": "", "wecom": ""}
    return records.add_contact(
        work, community, {"staff": account["id"] if account is not None else None, **values}, AUTHOR
    )
