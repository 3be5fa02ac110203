"""Where a report goes: ordered rules as data decide its level, its desk and who else is told."""

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.routing import redaction
from server.routing.actions import Answer, Arrival, RouteBroken, case_of, note, reach, route
from server.routing.decide import Broken, Routed, decide
from server.routing.edit import (
    EDITORS,
    Change,
    Rehearsed,
    drop,
    drop_rule,
    drop_words,
    move_rule,
    publish,
    put_rule,
    put_words,
    rehearse,
)
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
from server.routing.rulebook import shipped
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
    mark,
    read,
    trouble,
)
from server.routing.words import Keywords

__all__ = [
    "CATEGORY", "CHANNELS", "DAYS", "DOUBTS", "EDITORS", "QUEUE", "TARGETS", "TOLD", "Answer", "Arrival", "Broken",
    "Case", "Change", "Keywords", "Pending", "Rehearsed", "Route", "RouteBroken", "Routed", "Rule", "RuleSet",
    "Version", "active", "body_of", "case_of", "decide", "desk_of", "draft", "drop", "drop_rule", "drop_words",
    "faults", "feature", "mark", "move_rule", "note", "publish", "published", "put_rule", "put_words", "reach",
    "read", "rehearse", "route", "route_of", "shipped", "trouble",
]  # fmt: skip

feature = Feature("routing", migrations=migrations, hears={Exporting: redaction.export, Erasing: redaction.erase})
