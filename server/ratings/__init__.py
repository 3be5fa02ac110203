"""Ratings: three faces on the receipt of a closed ticket. Who is not satisfied reopens it, to another person."""

from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting
from server.ratings import redaction
from server.ratings.actions import by_ticket, card, rate
from server.ratings.records import migrations
from server.ratings.rules import DAYS, FACES, MAX_WORDS, Card, Face, Rating, until

__all__ = ["DAYS", "FACES", "MAX_WORDS", "Card", "Face", "Rating", "by_ticket", "card", "feature", "rate", "until"]

feature = Feature("ratings", migrations=migrations, hears={Exporting: redaction.export, Erasing: redaction.erase})
