"""What a reporter added, on their request: given as a copy, or taken away. That something was added stays."""

from server.additions.redaction import records
from server.kit.clock import beijing
from server.kit.personal import Erasing, Exporting, number_remover
from server.kit.store import Work


def export(work: Work, event: Exporting) -> None:
    """What the person said later."""
    for ticket in sorted(event.subject.tickets):
        event.add(
            "补充",
            [
                {"时间": beijing(row["at"]).isoformat(timespec="seconds"), "说": row["words"], "照片": row["photos"]}
                for row in records.words(work, ticket)
            ],
        )


def erase(work: Work, event: Erasing) -> None:
    """The words go; in others' additions only the person's number."""
    for ticket in sorted(event.subject.tickets):
        count = records.erase(work, ticket)
        if count:
            event.counts["补充的话"] += count
    without = number_remover(event.subject.phone)
    for ticket in sorted(event.subject.mentions - event.subject.tickets):
        for row in records.words(work, ticket):
            if records.rewrite(work, row["id"], row["words"], without(row["words"])):
                event.counts["提到的号码"] += 1
