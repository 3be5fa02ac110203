"""Full-text search over tickets, in Chinese: two-character words, plates and numbers too."""

from server.incidents import IncidentMoved, IncidentReported
from server.kit.feature import Feature
from server.kit.personal import Erasing
from server.search import actions
from server.search.actions import find
from server.search.records import migrations
from server.search.rules import MAX_QUERY

__all__ = ["MAX_QUERY", "feature", "find"]

feature = Feature(
    "search",
    migrations=migrations,
    hears={IncidentReported: actions.reported, IncidentMoved: actions.moved, Erasing: actions.erased},
    rounds={
        "index older tickets": (5, actions.catch_up),
        "tidy the index": (10, actions.tidy),
        "wipe the index": (10, actions.wipe),
    },
)
