"""What can be reported, as data: shipped with the program, edited on the desk, every edit a version of its own."""

from server.categories.actions import EDITORS, Asked, Draft, draft_of, edit
from server.categories.catalogue import ALIASES, AUTHOR, resolve, shipped
from server.categories.records import current, get, migrations, pin, versions
from server.categories.records import of_version as of_version
from server.categories.rules import (
    MOST_CHOICES,
    MOST_QUESTIONS,
    QUESTION_KINDS,
    RETENTIONS,
    VISIBILITIES,
    Choice,
    Kind,
    Question,
    answered,
    changed,
    clean_answers,
    stops,
)
from server.kit.feature import Feature

__all__ = [
    "ALIASES", "AUTHOR", "EDITORS", "MOST_CHOICES", "MOST_QUESTIONS", "QUESTION_KINDS", "RETENTIONS", "VISIBILITIES",
    "Asked", "Choice", "Draft", "Kind", "Question", "answered", "changed", "clean_answers", "current", "draft_of",
    "edit", "feature", "get", "of_version", "pin", "resolve", "shipped", "stops", "versions",
]  # fmt: skip

feature = Feature("categories", migrations=migrations)
