"""The catalogue that comes with the program: the contract's list, with `catalogue.toml` laid over it."""

import tomllib
from dataclasses import asdict
from functools import cache
from pathlib import Path

from gateway.contract.categories import CATEGORIES
from server.categories.rules import Kind, from_body

FILE = Path(__file__).parent / "catalogue.toml"
AUTHOR = "出厂设置"


@cache
def shipped() -> dict[str, Kind]:
    """code → category, in the order of the tiles."""
    over = tomllib.loads(FILE.read_text("utf-8"))["category"]
    first = {one.code: asdict(one) for one in CATEGORIES}
    order = [*first, *(code for code in over if code not in first)]
    return {code: from_body({**first.get(code, {}), **over.get(code, {}), "code": code}, 0, AUTHOR) for code in order}


@cache
def _aliases() -> dict[str, str]:
    return dict(tomllib.loads(FILE.read_text("utf-8"))["alias"])


ALIASES = _aliases()
"""Names that other lists use for what we call something else; a pattern `group.*` catches the rest of a group."""


def resolve(code: str) -> str:
    """The code of the catalogue for a name from elsewhere; `other.other` for what nobody knows.

    For files and programs of others, not for what a rider taps.
    """
    if code in shipped():
        return code
    group = code.partition(".")[0]
    return ALIASES.get(code) or ALIASES.get(f"{group}.*") or "other.other"
