"""Where a report goes: ordered rules as data decide its level, its desk and who else is told."""

from server.kit.feature import Feature
from server.routing.actions import Answer, Arrival, RouteBroken, case_of, note, reach, route
from server.routing.decide import Broken, Routed, decide
from server.routing.records import (
    Pending,
    Route,
    Version,
    active,
    draft,
    faults,
    migrations,
    published,
    route_of,
)
from server.routing.rules import (
    CATEGORY,
    CHANNELS,
    DAYS,
    DOUBTS,
    QUEUE,
    TARGETS,
    TOLD,
    Case,
    Rule,
    RuleSet,
    body_of,
    desk_of,
    read,
    trouble,
)
from server.routing.shipped import shipped
from server.routing.words import Keywords

__all__ = [
    "CATEGORY", "CHANNELS", "DAYS", "DOUBTS", "QUEUE", "TARGETS", "TOLD", "Answer", "Arrival", "Broken", "Case",
    "Keywords", "Pending", "Route", "RouteBroken", "Routed", "Rule", "RuleSet", "Version", "active", "body_of",
    "case_of", "decide", "desk_of", "draft", "faults", "feature", "note", "published", "reach", "read", "route",
    "route_of", "shipped", "trouble",
]  # fmt: skip

feature = Feature("routing", migrations=migrations)
