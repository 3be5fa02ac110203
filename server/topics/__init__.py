"""Topics (议题): what is reported again and again at one place is one need, and walks five stages to its end."""

from server.incidents import IncidentMoved, IncidentReported
from server.kit.feature import Feature
from server.topics import actions, agenda_pages, pages
from server.topics.actions import propose, visible
from server.topics.records import find, migrations, ticket_count
from server.topics.rules import DAYS, ENOUGH, STAGES, STATUSES, Topic, place_key

__all__ = [
    "DAYS", "ENOUGH", "STAGES", "STATUSES", "Topic", "feature", "find", "place_key", "propose", "ticket_count",
    "visible",
]  # fmt: skip

feature = Feature(
    "topics",
    migrations=migrations,
    routers=[agenda_pages.router, pages.router],
    hears={IncidentReported: actions.note, IncidentMoved: actions.note},
    start=actions.catch_up,
    rounds={"propose": (60, actions.propose)},
)
