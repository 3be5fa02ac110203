"""A reporter's answers, on their request: given as a copy, or taken away."""

from server.kit.personal import Erasing, Exporting, number_remover
from server.kit.store import Work
from server.questions.redaction import records


def export(work: Work, event: Exporting) -> None:
    """Questions that were put to the person, and their answers."""
    for ticket in sorted(event.subject.tickets):
        event.add("问答", records.answers(work, ticket))


def erase(work: Work, event: Erasing) -> None:
    """That there was an answer stays, what it said goes; and the number goes wherever it was written."""
    for ticket in sorted(event.subject.tickets):
        count = records.erase(work, ticket)
        if count:
            event.counts["回答"] += count
    without = number_remover(event.subject.phone)
    for ticket in sorted(event.subject.tickets | event.subject.mentions):
        count = sum(records.rewrite(work, text, without(text.text)) for text in records.texts(work, ticket))
        if count:
            event.counts["提到的号码"] += count
