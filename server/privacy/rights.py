"""A person's rights over their own data: a copy, and deletion. Each deed is logged, without what was in it."""

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from server import incidents, photos, search
from server.incidents import OPEN, Incident
from server.kit.clock import beijing
from server.kit.errors import Invalid, Missing, Refused
from server.kit.personal import Erasing, Exporting, Gathering, Subject
from server.kit.site import Site
from server.kit.store import Work
from server.privacy import holding, records

MOST_RECEIPTS = 50
MOST_MENTIONS = 500
EXPORTED = "给了一份"
DELETED = "删除了"

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_NOISE = re.compile(r"[\s\-－.·()（）]+")

README = """这是什么
    {who}按你的要求，把你在“畅小站”上报过的内容打成了这个包。

里面有什么
    数据.json    你上报的内容、收到的答复、评价，按类别分好。用任何文字软件都能打开。
    photos/      你发的照片，是现在给工作人员看的样子。打过码的就是打过码的。
                 照片文件里没有时间和地点；相机当时记下、我们留着当提示的，写在 数据.json 的“照片”里。

里面没有什么
    打卡：不记名，我们自己也分不出哪一次是你。开过“记在我的卡上”的，到站的日子在 数据.json 里。
    拍到走失的人、孩子、病人的照片：那也是别人的隐私，不往外给。
    工作人员之间的备注。

想改、想删
    告诉值班员，说出回执号就行。

做这个包的时间：{when}
"""


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: somebody of the staff, or (`id` None) whoever sits at the console."""

    id: int | None
    name: str
    role: str
    communities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a person. `obstacle`: why nothing can be deleted now; empty when it can."""

    subject: Subject
    tickets: tuple[Incident, ...]
    mentions: tuple[Incident, ...]
    photos: int
    kept: dict[str, int]
    """What a copy would hold: title → how many."""
    obstacle: str


def find(work: Work, by: By, receipts: Sequence[str], phone: str) -> Found:
    """Everything that belongs to whoever shows these receipts, or has this number.

    Raises `Invalid` (nothing typed, no mobile number) and `Missing` (a receipt that is none of theirs to see).
    """
    codes, number = _codes(receipts), mobile(phone)
    if not codes and not number:
        raise Invalid("请填回执号或手机号")
    own: dict[int, Incident] = {}
    for code in codes:
        incident = incidents.by_receipt(work, code)
        if incident.community not in by.communities:
            raise Missing(f"没有找到回执 {code[:20]}，请检查一下编号")
        own[incident.id] = incident
    gathering = Gathering(number, by.communities)
    if number:
        work.tell(gathering)
    for ticket in gathering.tickets:
        found = incidents.get(work, ticket)
        if found is not None and found.community in by.communities:
            own[found.id] = found
    # What staff took out of a report carries its reporter's words with it.
    for one in list(own.values()):
        own |= {split.id: split for split in incidents.split_here(work, one.id)}
    mentions = {one.id: one for one in _mentions(work, by.communities, number)} if number else {}
    subject = Subject(frozenset(own), frozenset(mentions), number, by.communities)
    tickets = tuple(own[one] for one in sorted(own))
    others = tuple(mentions[one] for one in sorted(mentions))
    pictures = sum(photos.there(work, incidents.photos(work, one.id)) for one in tickets)
    copy = Exporting(subject)
    work.tell(copy)
    kept = {title: len(rows) for title, rows in copy.sheets.items()}
    return Found(subject, tickets, others, pictures, kept, _obstacle(work, (*tickets, *others)))


def export(site: Site, by: By, receipts: Sequence[str], phone: str) -> bytes:
    """A ZIP with everything the person may have; the deed is logged. Raises as `find`, `Missing` when there is none."""
    with site.store.work() as work:
        found = find(work, by, receipts, phone)
        event = Exporting(found.subject)
        work.tell(event)
        if not event.sheets:
            raise Missing("没有找到这个人的内容")
        counts = {title: len(rows) for title, rows in event.sheets.items()}
        _log(work, by, EXPORTED, found, counts)
        when = beijing(work.now).isoformat(sep=" ", timespec="minutes")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("说明.txt", README.format(who="居委会", when=when))
        package.writestr("数据.json", json.dumps(event.sheets, ensure_ascii=False, indent=1))
        for name, read in event.files.items():
            content = read(site)
            if content is not None:
                package.writestr(name, content)
    return out.getvalue()


def erase(site: Site, by: By, receipts: Sequence[str], phone: str) -> dict[str, int]:
    """Take the person's words, photos and answers out of everything; how many of each. It cannot be undone.

    Raises as `find`, and `Refused`: still being worked on, or held. Done again, there is nothing left to take.
    """
    with site.store.work() as work:
        found = find(work, by, receipts, phone)
        if found.obstacle:
            raise Refused(found.obstacle)
        event = Erasing(found.subject, by.id, by.name, by.role)
        work.tell(event)
        counts = dict(+event.counts)
        _log(work, by, DELETED, found, counts)
        communities = {one.community for one in found.tickets}
        records.note_purge(work, "asked", communities.pop() if len(communities) == 1 else "", event.counts["照片"])
    photos.empty_scrap(site)
    settle(site)
    return counts


def settle(site: Site) -> None:
    """Chore: what was deleted leaves the databases' logs too, which would keep it until they are written over."""
    site.store.settle()
    site.mailbox.settle()


def mobile(typed: str) -> str:
    """Eleven digits, or empty for nothing typed; raises `Invalid` for what is no mobile number."""
    digits = _NOISE.sub("", unicodedata.normalize("NFKC", typed))
    if not digits:
        return ""
    digits = digits.removeprefix("+").removeprefix("86") if len(digits) > 11 else digits
    if not _MOBILE.fullmatch(digits):
        raise Invalid("手机号是 1 开头的 11 位数字")
    return digits


def masked(phone: str) -> str:
    """`138****8000`."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def _codes(receipts: Sequence[str]) -> list[str]:
    codes = list(dict.fromkeys(code for one in receipts if (code := one.strip())))
    if len(codes) > MOST_RECEIPTS:
        raise Invalid(f"一次最多 {MOST_RECEIPTS} 张回执")
    return codes


def _mentions(work: Work, communities: Collection[str], phone: str) -> list[Incident]:
    """Tickets that may hold this number, written together or in the usual groups; the features look exactly."""
    found: dict[int, Incident] = {}
    for typed in (phone, f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"86{phone}"):
        for one in search.find(work, communities, typed, limit=MOST_MENTIONS):
            found[one.id] = one
    return list(found.values())


def _obstacle(work: Work, tickets: Collection[Incident]) -> str:
    for one in tickets:
        hold = holding.hold_on(work, one)
        if hold is not None:
            return f"{one.number} 按规定要保留到 {beijing(hold.until):%Y-%m-%d}（{hold.why}），到期再删。"
        if incidents.leading(work, one).state in OPEN:
            return f"{one.number} 还在办，办完再删。着急的话先打码、先藏照片。"
    return ""


def _log(work: Work, by: By, deed: str, found: Found, counts: dict[str, int]) -> None:
    everything = (*found.tickets, *found.mentions)
    records.add_deed(
        work,
        (by.id, by.name),
        deed,
        {one.community for one in everything},
        {one.number for one in everything},
        masked(found.subject.phone),
        counts,
    )
