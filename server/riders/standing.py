"""Where a report stands now, put together from the features that know it; for the receipt and for 我的上报."""

from collections.abc import Sequence

from server import alerts, incidents, questions, ratings
from server.incidents import Incident, Step
from server.kit.store import Work
from server.riders import way
from server.riders.way import Around, Headline


def headline_of(look: Work, own: Incident, leading: Incident) -> tuple[Headline, bool]:
    """The headline, and whether a question waits for this reporter. `leading` carries the report on."""
    asked = questions.form_of(look, own, "") is not None
    return headline(look, leading, incidents.history(look, leading.id), asked=asked, own=own), asked


def headline(look: Work, leading: Incident, history: Sequence[Step], *, asked: bool, own: Incident) -> Headline:
    """The same, for who has the history at hand."""
    taken = alerts.acknowledged(look, leading.id)
    outside = questions.engaged(look, leading)
    around = Around(
        accepted=(taken.role, taken.at) if taken else None,
        outside=outside.body if outside else "",
        heard=outside.received if outside else None,
        asked=asked,
        complained=complained(look, own, leading),
    )
    return way.headline(leading, history, around, look.now)


def complained(look: Work, own: Incident, leading: Incident) -> int | None:
    """When the reporter of `own` said 不满意 (UTC ms); None: never. A receipt says it once."""
    given = [one for number in {own.id, leading.id} for one in ratings.by_ticket(look, number)]
    return next((one.at for one in given if one.incident == own.id and one.face == "bad"), None)
