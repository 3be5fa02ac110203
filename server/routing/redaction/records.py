"""The answers that were given with one ticket, read and emptied."""

import json

from server.kit.store import Work


def answers(work: Work, ticket: int) -> dict[str, str]:
    """Question → answer."""
    found: dict[str, str] = json.loads(
        work.value("select answers from incident_routes where incident = ?", (ticket,)) or "{}"
    )
    return found


def erase(work: Work, ticket: int) -> bool:
    """Empty them; False when there were none."""
    return work.run("update incident_routes set answers = '{}' where incident = ? and answers <> '{}'", (ticket,)) > 0
