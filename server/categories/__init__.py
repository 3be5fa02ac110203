"""What can be reported, as data: shipped with the program, edited on the desk, every edit a version of its own."""

from server.categories.actions import EDITORS, Draft, draft_of, edit
from server.categories.catalogue import ALIASES, resolve, shipped
from server.categories.records import current, get, migrations, pin, versions
from server.categories.records import of_version as of_version
from server.categories.rules import (
    QUESTION_KINDS,
    RETENTIONS,
    VISIBILITIES,
    Choice,
    Kind,
    Question,
    answered,
    clean_answers,
    stops,
)
from server.kit.feature import Feature

__all__ = [
    "ALIASES", "EDITORS", "QUESTION_KINDS", "RETENTIONS", "VISIBILITIES", "Choice", "Draft", "Kind", "Question",
    "answered", "clean_answers", "current", "draft_of", "edit", "feature", "get", "of_version", "pin", "resolve",
    "shipped", "stops", "versions",
]  # fmt: skip

feature = Feature("categories", migrations=migrations)
