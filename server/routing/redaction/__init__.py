"""The chips a reporter tapped, on their request: given as a copy, or taken away. Where the ticket went stays."""

from server.kit.personal import Erasing, Exporting
from server.kit.store import Work
from server.routing.redaction import records


def export(work: Work, event: Exporting) -> None:
    """The answers as they were given on the form."""
    for ticket in sorted(event.subject.tickets):
        event.add(
            "表单里的回答", [{"问题": name, "回答": value} for name, value in records.answers(work, ticket).items()]
        )


def erase(work: Work, event: Erasing) -> None:
    """The answers go."""
    for ticket in sorted(event.subject.tickets):
        if records.erase(work, ticket):
            event.counts["表单里的回答"] += 1
