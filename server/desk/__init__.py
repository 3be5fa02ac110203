"""The staff's desk: the live list of tickets, one page per ticket, and what stands on the stations' screens."""

from server.desk import live, notices, pages, tickets
from server.desk.framing import Frame, frame
from server.kit.feature import Feature

__all__ = ["Frame", "feature", "frame"]

feature = Feature("desk", routers=[pages.router, live.router, tickets.router, notices.router])
