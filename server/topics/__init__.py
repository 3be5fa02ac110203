"""Topics (议题): what is reported again and again at one place is one need, and walks five stages to its end."""

from server.incidents import IncidentMoved, IncidentReported
from server.kit.feature import Entry, Feature
from server.topics import actions, agenda_pages, pages
from server.topics.actions import propose, propose_in, visible
from server.topics.records import find, migrations, ticket_count
from server.topics.rules import DAYS, ENOUGH, STAGES, STATUSES, Topic

__all__ = [
    "DAYS", "ENOUGH", "STAGES", "STATUSES", "Topic", "feature", "find", "propose", "propose_in",
    "ticket_count", "visible",
]  # fmt: skip

feature = Feature(
    "topics",
    migrations=migrations,
    routers=[agenda_pages.router, pages.router],
    hears={IncidentReported: actions.note, IncidentMoved: actions.note},
    start=actions.catch_up,
    entries=(Entry("topics", "/desk/topics", "议题", "users", lambda person: person.triages),),
    rounds={"propose": (60, actions.propose)},
)
