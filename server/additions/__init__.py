"""What a reporter adds to a report later, by its receipt: a word, a photo, or that nobody need come any more."""

from server.additions import redaction
from server.additions.actions import add, card, retract
from server.additions.records import migrations, of
from server.additions.rules import MAX_WORDS, RETRACTED, Addition, Card
from server.additions.taking import Taken, ThisAddition, read_seen, take
from server.kit.feature import Feature
from server.kit.personal import Erasing, Exporting

__all__ = [
    "MAX_WORDS", "RETRACTED", "Addition", "Card", "Taken", "ThisAddition", "add", "card", "feature", "of",
    "read_seen", "retract", "take",
]  # fmt: skip

feature = Feature("additions", migrations=migrations, hears={Exporting: redaction.export, Erasing: redaction.erase})
