"""The rules that come with the program, out of `rulebook.toml`."""

import tomllib
from functools import cache
from pathlib import Path

from server.routing.rules import RuleSet, read

FILE = Path(__file__).parent / "rulebook.toml"
AUTHOR = "出厂设置"


@cache
def shipped() -> RuleSet:
    """The rules of a community that has not written its own."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    return read({"words": content["words"], "rules": content["rule"]}, 0, AUTHOR)
