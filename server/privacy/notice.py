"""The notice in plain words, in versions: a file each in `notices/`, and an old one is never changed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "notices"


@dataclass(frozen=True, slots=True)
class Section:
    """One question a rider may have, and its answer in lines."""

    icon: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One version. `day` it holds from, as `2026-07-01`."""

    version: int
    day: str
    sections: tuple[Section, ...]
    renews: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Purpose → what this version changed of why, how or what is kept, in plain lines: who agreed earlier is asked."""

    def filled(self, words: Mapping[str, str]) -> tuple[Section, ...]:
        """The sections with what depends on the place: `{who}`, `{phone}` and the numbers of days."""
        return tuple(
            Section(one.icon, one.title, tuple(line.format_map(words) for line in one.lines)) for one in self.sections
        )


@cache
def versions() -> dict[int, Notice]:
    """Every version, the oldest first."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml"), key=lambda path: int(path.stem)):
        body = tomllib.loads(path.read_text("utf-8"))
        sections = tuple(Section(one["icon"], one["title"], tuple(one["lines"])) for one in body["section"])
        renews = {one["purpose"]: tuple(one["lines"]) for one in body.get("renews", ())}
        found[int(path.stem)] = Notice(int(path.stem), body["day"], sections, renews)
    return found


def current() -> Notice:
    """The newest."""
    return versions()[max(versions())]
