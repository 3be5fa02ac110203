"""The staff's desk: the live list of tickets, one page per ticket, and what stands on the stations' screens."""

from server.desk import bulk_pages, limits, live, notices, pages, saved_pages, tickets, workload
from server.desk.framing import Frame, frame, handles
from server.desk.records import migrations
from server.kit.feature import Entry, Feature

__all__ = ["Frame", "feature", "frame"]

feature = Feature(
    "desk",
    migrations=migrations,
    routers=[
        pages.router, live.router, tickets.router, bulk_pages.router, saved_pages.router, workload.router,
        notices.router, limits.router,
    ],
    entries=(
        Entry("tickets", "/desk", "工单", "inbox", handles, often=True),
        Entry("workload", "/desk/workload", "工作量", "users", handles),
        Entry("notices", "/desk/notices", "通知与感谢信", "mail-heart", lambda person: person.triages, often=True),
        Entry("limits", "/desk/limits", "时限", "clock", lambda person: person.triages),
    ),
)  # fmt: skip
