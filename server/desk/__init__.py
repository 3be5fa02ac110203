"""The staff's desk: the live list of tickets, one page per ticket, and what stands on the stations' screens."""

from server.desk import limits, live, notices, pages, tickets
from server.desk.framing import Frame, frame, handles
from server.kit.feature import Entry, Feature

__all__ = ["Frame", "feature", "frame"]

feature = Feature(
    "desk",
    routers=[pages.router, live.router, tickets.router, notices.router, limits.router],
    entries=(
        Entry("tickets", "/desk", "工单", "inbox", handles, often=True),
        Entry("notices", "/desk/notices", "通知与感谢信", "mail-heart", lambda person: person.triages, often=True),
        Entry("limits", "/desk/limits", "时限", "clock", lambda person: person.triages),
    ),
)
