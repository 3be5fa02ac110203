"""Where a report stands now, put together from the features that know it; for the receipt and for 我的上报."""

from collections.abc import Sequence

from server import alerts, incidents, questions
from server.incidents import Incident, Step
from server.kit.store import Work
from server.riders import way
from server.riders.way import Around, Headline


def headline_of(look: Work, own: Incident, leading: Incident) -> tuple[Headline, bool]:
    """The headline, and whether a question waits for this reporter. `leading` carries the report on."""
    asked = questions.form_of(look, own, "") is not None
    return headline(look, leading, incidents.history(look, leading.id), asked=asked), asked


def headline(look: Work, leading: Incident, history: Sequence[Step], *, asked: bool) -> Headline:
    """The same, for who has the history at hand."""
    taken = alerts.acknowledged(look, leading.id)
    outside = questions.engaged(look, leading)
    around = Around(
        accepted=(taken.role, taken.at) if taken else None,
        outside=outside.body if outside else "",
        heard=outside.received if outside else None,
        asked=asked,
    )
    return way.headline(leading, history, around, look.now)
