"""A reporter's words to a rating, on their request: given as a copy, or taken away. The face stays: it is a count."""

from server.kit.personal import Erasing, Exporting
from server.kit.store import Work
from server.ratings.redaction import records


def export(work: Work, event: Exporting) -> None:
    """How the person rated, and what they wrote."""
    for ticket in sorted(event.subject.tickets):
        event.add("评价", records.rating(work, ticket))


def erase(work: Work, event: Erasing) -> None:
    """The words go."""
    for ticket in sorted(event.subject.tickets):
        if records.erase(work, ticket):
            event.counts["评价的话"] += 1
