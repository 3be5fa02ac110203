"""Moving to another phone, leaving, and what a rider may have as a copy."""

import hashlib
import json
import secrets
from dataclasses import dataclass

from gateway.sqlite import Row
from server import privacy, stations
from server.kit.clock import beijing
from server.kit.errors import Missing
from server.kit.personal import Erasing, Exporting, Gathering, Subject
from server.kit.site import Site
from server.kit.store import Work
from server.profiles import consents, records, rules, signing
from server.profiles.events import RiderLeft
from server.profiles.rules import Rider

GONE = "这个链接已经用过，或者超过 5 分钟了。在原来的手机上再生成一个。"
SHEET = "档案"


def make_move(work: Work, rider: int) -> str:
    """A one-time link's token for the new phone; an earlier one is worth nothing any more."""
    token = secrets.token_urlsafe(24)
    records.add_move(work, rider, _fingerprint(token), work.now + rules.MOVE_MS)
    return token


def good_move(work: Work, token: str) -> bool:
    """Whether a link can still be used; looking does not use it."""
    return records.move(work, _fingerprint(token[:100])) is not None


def move(site: Site, work: Work, token: str, user_agent: str) -> str:
    """Sign the new phone in; the value of its cookie. Raises `Missing` for a link used or too old."""
    fingerprint = _fingerprint(token[:100])
    rider = records.move(work, fingerprint)
    if rider is None or not records.spend_move(work, fingerprint):
        raise Missing(GONE)
    return signing.sign_in(site, work, rider, user_agent)


def leave(work: Work, rider: int) -> None:
    """Delete a profile at once, and what hangs on it everywhere. That it was done is logged, not whose it was."""
    row = records.get(work, rider)
    if row is None:
        return
    work.tell(RiderLeft(rider))
    privacy.forget_consents(work, consents.subject(rider))
    records.remove(work, rider, row["phone"])
    records.log(work, "delete")


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything of a rider, by title. Times in Beijing."""

    made: str
    sheets: dict[str, list[Row]]

    def as_json(self) -> str:
        """For programs."""
        return json.dumps({"生成时间": self.made, **self.sheets}, ensure_ascii=False, indent=1)


def copy(work: Work, rider: Rider) -> Copy:
    """A rider's own copy; the deed is logged."""
    gathering = Gathering(rider.phone, frozenset())
    work.tell(gathering)
    event = Exporting(Subject(frozenset(gathering.tickets), frozenset(), rider.phone))
    work.tell(event)
    records.log(work, "export")
    return Copy(_moment(work.now), event.sheets)


def export(work: Work, event: Exporting) -> None:
    """The profile of the number somebody asks a copy for."""
    row = records.by_phone(work, event.subject.phone) if event.subject.phone else None
    if row is None:
        return
    opened = {"昵称": row["nickname"], "手机号": row["phone"], "开通": _moment(row["created"])}
    switches = {"记分": row["points"], "记在我的卡上": row["card"]}
    event.add(SHEET, [opened | {label: "开着" if on else "关着" for label, on in switches.items()}])
    event.add(
        "登录的手机",
        [
            {"设备": one.device, "登录": _moment(one.created), "最近用": _moment(one.seen)}
            for one in records.phones(work, row["id"])
        ],
    )
    labels = {one.code: one.label for one in consents.PURPOSES.values()}
    event.add(
        "同意过",
        [
            {"内容": labels.get(one.purpose, one.purpose), "隐私说明": f"第 {one.version} 版", "时间": _moment(one.at)}
            for one in privacy.consents(work, consents.subject(row["id"]))
        ],
    )
    event.add(
        "到站的日子",
        [
            {"日期": one["day"], "小站": stations.called(work, one["station"])}
            for one in records.visits(work, row["id"], "0000", "9999")
        ],
    )


def erase(work: Work, event: Erasing) -> None:
    """The profile of the number whose data is taken away at the desk."""
    row = records.by_phone(work, event.subject.phone) if event.subject.phone else None
    if row is not None:
        leave(work, row["id"])
        event.counts[SHEET] += 1


def _moment(at: int) -> str:
    return f"{beijing(at):%Y-%m-%d %H:%M}"


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
