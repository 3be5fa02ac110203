"""Reply templates: what is said to whoever reported, by category and move, filled with the ticket's own facts."""

from server.kit.feature import Feature
from server.replies.actions import (
    Choice,
    Preview,
    choices,
    complete,
    draft_of,
    history,
    may_edit,
    preview,
    save,
    template,
    templates,
)
from server.replies.records import migrations
from server.replies.rules import AUTHOR, EVERYWHERE, MAX_TEXT, MAX_TITLE, MOVES, PLACEHOLDERS, Draft, Template, shipped

__all__ = [
    "AUTHOR", "EVERYWHERE", "MAX_TEXT", "MAX_TITLE", "MOVES", "PLACEHOLDERS", "Choice", "Draft", "Preview", "Template",
    "choices", "complete", "draft_of", "feature", "history", "may_edit", "preview", "save", "shipped", "template",
    "templates",
]  # fmt: skip

feature = Feature("replies", migrations=migrations)
