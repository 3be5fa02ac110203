"""`CXZ_DATA/channels.toml`: which channels there are. A wrong entry is named and left out; the others go on.

Read at start and whenever the file changes. A file that cannot be read at all leaves the last good one in force.
"""

import stat
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.contract.categories import Desk
from server.alerts.channels import (
    Apprise,
    Channel,
    DingTalk,
    Feishu,
    Log,
    Mail,
    NoApprise,
    Post,
    Sms,
    Webhook,
    WeCom,
    why_not,
)
from server.alerts.rules import ROLES

FILE = "channels.toml"
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
PerMinute = Annotated[int, Field(ge=1, le=600)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)

    name: Name
    communities: list[str] = []
    roles: list[str] = []


class _Robot(_Entry):
    kind: Literal["wecom", "dingtalk", "feishu"]
    url: str
    secret: str = ""


class _Webhook(_Entry):
    kind: Literal["webhook"]
    url: str
    secret: Annotated[str, Field(min_length=16)]
    per_minute: PerMinute = 60


class _Mail(_Entry):
    kind: Literal["email"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    tls: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: str = ""
    sender: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
    per_minute: PerMinute = 60


class _Sms(_Entry):
    kind: Literal["sms"]
    url: str
    headers: dict[str, str] = {}
    form: dict[str, str] = {}
    body: Annotated[dict[str, str], Field(alias="json")] = {}
    confirm: dict[str, str] = {}
    most_bytes: Annotated[int, Field(ge=200, le=2000)] = 600
    per_minute: PerMinute = 60


class _Apprise(_Entry):
    kind: Literal["apprise"]
    urls: Annotated[list[str], Field(min_length=1)]
    most_bytes: Annotated[int, Field(ge=200, le=8192)] = 2048
    per_minute: PerMinute = 20


_KINDS: dict[str, type[_Entry]] = {
    "wecom": _Robot, "dingtalk": _Robot, "feishu": _Robot, "webhook": _Webhook, "email": _Mail, "sms": _Sms,
    "apprise": _Apprise,
}  # fmt: skip
_ROLES = frozenset(ROLES) | {str(desk) for desk in Desk}
_ROBOTS = {"wecom": WeCom, "dingtalk": DingTalk, "feishu": Feishu}


@dataclass(frozen=True, slots=True)
class Line:
    """A channel and whom it is for. Empty `communities` or `roles`: everybody."""

    channel: Channel
    communities: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def serves(self, community: str, roles: Collection[str]) -> bool:
        """Whether calls of one of these roles in a community go this way."""
        here = not self.communities or community in self.communities
        return here and (not self.roles or not self.roles.isdisjoint(roles))


@dataclass(frozen=True, slots=True)
class Setup:
    """The channels in force, in the order of preference, and what is wrong with the file."""

    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()
    mark: tuple[float, int, int] | None = field(default=None, compare=False)
    """Modification time, size and inode of the file that was read; None: no file."""


def mark_of(path: Path) -> tuple[float, int, int] | None:
    """What changes when the file does; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime, found.st_size, found.st_ino


def read(path: Path, demo: bool, clock: Callable[[], int], before: Setup | None = None) -> Setup:
    """The channels of a file; without any, in the demo, the one that prints to the log."""
    mark = mark_of(path)
    problems: list[str] = []
    content: dict[str, Any] = {}
    try:
        if mark is not None:
            # Only its owner may read the keys in it. Alarms go on all the same.
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                problems.append(f"{FILE} 里有密钥，却让别人也能读：请执行 chmod 600 {FILE}")
            content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as cause:
        return Setup(before.lines if before else _demo(demo), (f"{FILE} 读不了（{type(cause).__name__}）",), mark)
    except tomllib.TOMLDecodeError as cause:
        place = str(cause).rpartition("(")[2].rstrip(")")
        return Setup(before.lines if before else _demo(demo), (f"{FILE} 写法不对（{place}），还在用上一份",), mark)
    allow = content.pop("allow_private", False)
    entries = content.pop("channel", [])
    if not isinstance(allow, bool) or not isinstance(entries, list):
        problems.append("allow_private 要写 true 或 false，渠道要写成 [[channel]]")
        allow, entries = False, entries if isinstance(entries, list) else []
    problems += [f"不认识的设置：{str(name)[:40]}" for name in content]
    lines: list[Line] = []
    names = {"live", "log"}
    for number, entry in enumerate(entries, 1):
        label = f"第 {number} 个渠道"
        try:
            name, line = _line(entry, allow, clock)
            label = f"渠道 {name}"
            if name in names:
                raise ValueError("名字重复了")
            names.add(name)
            lines.append(line)
        except ValidationError as cause:
            wrong = "、".join(sorted({".".join(str(part) for part in one["loc"]) or "?" for one in cause.errors()}))
            problems.append(f"{label}：这几项不对：{wrong[:120]}")
        except (ValueError, OSError, NoApprise) as cause:
            problems.append(f"{label}：{cause}")
    return Setup(tuple(lines) or _demo(demo), tuple(problems), mark)


def _demo(demo: bool) -> tuple[Line, ...]:
    return (Line(Log()),) if demo else ()


def _line(entry: object, allow: bool, clock: Callable[[], int]) -> tuple[str, Line]:
    if not isinstance(entry, dict):
        raise ValueError("要写成 [[channel]]")
    model = _KINDS.get(str(entry.get("kind")))
    if model is None:
        raise ValueError(f"没有这种渠道：{str(entry.get('kind'))[:20]}；可以用 {'、'.join(_KINDS)}")
    found = model.model_validate(entry)
    unknown = set(found.roles) - _ROLES
    if unknown:
        raise ValueError(f"没有这种角色：{'、'.join(sorted(unknown))[:60]}；可以用 {'、'.join(sorted(_ROLES))}")
    return found.name, Line(_channel(found, allow, clock), frozenset(found.communities), frozenset(found.roles))


def _channel(found: _Entry, allow: bool, clock: Callable[[], int]) -> Channel:
    if isinstance(found, (_Robot, _Webhook, _Sms)):
        refusal = why_not(found.url, allow)
        if refusal:
            raise ValueError(refusal)
    if isinstance(found, _Robot):
        return _ROBOTS[found.kind](found.name, found.url, found.secret, Post(allow), clock)
    if isinstance(found, _Webhook):
        return Webhook(found.name, found.url, found.secret, found.per_minute, Post(allow), clock)
    if isinstance(found, _Sms):
        if bool(found.form) == bool(found.body):
            raise ValueError("form 和 json 写其中一个")
        return Sms(
            found.name, found.url, found.headers, found.form, found.body, found.confirm, found.most_bytes,
            found.per_minute, Post(allow),
        )  # fmt: skip
    if isinstance(found, _Mail):
        if found.tls == "none" and not allow:
            raise ValueError("tls 不能是 none（只有开发时 allow_private 才行）")
        return Mail(
            found.name, found.host, found.port, found.tls, found.user, found.password, found.sender, found.per_minute
        )
    assert isinstance(found, _Apprise)  # noqa: S101 - the last of `_KINDS`
    return Apprise(found.name, found.urls, found.most_bytes, found.per_minute)
