"""Duplicates: open tickets that look like the same thing, and why. People decide, nothing merges itself."""

from server.duplicates import actions
from server.duplicates.actions import now_at, other_plate, same_now, suggest
from server.duplicates.places import place_key
from server.duplicates.plates import plates_in
from server.duplicates.records import migrations
from server.duplicates.rules import SAME_NOW, Same, Suggestion
from server.incidents import IncidentMoved, IncidentReported
from server.kit.feature import Feature

__all__ = [
    "SAME_NOW", "Same", "Suggestion", "feature", "now_at", "other_plate", "place_key", "plates_in", "same_now",
    "suggest",
]  # fmt: skip

feature = Feature(
    "duplicates",
    migrations=migrations,
    hears={IncidentReported: actions.note, IncidentMoved: actions.note},
    rounds={"look for signs of older tickets": (60, actions.catch_up)},
)
