"""Rating a closed ticket by its receipt."""

from server import incidents, letters, thresholds
from server.incidents import Incident
from server.kit.errors import Invalid, Refused
from server.kit.store import Work
from server.ratings import records, rules
from server.ratings.records import by_ticket as by_ticket
from server.ratings.rules import FACES, Card, Rating

DISSATISFIED = "骑手不满意"
_AGAIN = frozenset({"reopen", "recur"})


def rate(work: Work, receipt: str, face: str, words: str) -> Rating:
    """Take a reporter's word, once. 不满意 puts the ticket back into work, and its letter comes off the screen.

    Raises `Missing` (no such receipt), `Invalid` (no face), `Refused` (not closed, too late, rated already). The
    same face sent twice is one rating.
    """
    own = incidents.by_receipt(work, receipt)
    if face not in FACES:
        raise Invalid("请点一个表情")
    given = records.of(work, own.id)
    if given is not None:
        if given.face == face:
            return given
        raise Refused(f"你已经评过“{FACES[given.face].label}”了，一张回执评一次。")
    leading = incidents.leading(work, own)
    closed_at, reopened = _endings(work, leading)
    refusal = rules.why_not(leading, reopened, _until(work, leading, closed_at), work.now)
    if refusal is not None:
        raise Refused(refusal)
    line = incidents.plain(words, rules.MAX_WORDS).replace("\n", " ")
    rating = Rating(own.id, face, line, work.now)
    records.add(work, rating, leading.id)
    if face == "bad":
        incidents.reopen(work, leading.id, f"{DISSATISFIED}：{line}" if line else DISSATISFIED)
        letter = letters.of_incident(work, leading.id)
        if letter is not None and letter["withdrawn"] is None:
            letters.withdraw(work, letter["id"])
    return rating


def card(work: Work, own: Incident, leading: Incident) -> Card:
    """What the receipt of `own` shows; `leading` is the ticket that carries it on."""
    given = records.of(work, own.id)
    closed_at, reopened = _endings(work, leading)
    last_moment = _until(work, leading, closed_at)
    free = given is None and rules.why_not(leading, reopened, last_moment, work.now) is None
    reworked = given is not None and given.face == "bad" and leading.state == "closed"
    return Card(given, last_moment if free else None, FACES, reworked)


def _endings(work: Work, leading: Incident) -> tuple[int | None, bool]:
    """When it was last closed, and whether it was ever reopened."""
    steps = incidents.history(work, leading.id)
    closed = [step.at for step in steps if step.move == "close"]
    return (closed[-1] if closed else None), any(step.move in _AGAIN for step in steps)


def _until(work: Work, leading: Incident, closed_at: int | None) -> int | None:
    if closed_at is None:
        return None
    return rules.until(closed_at, thresholds.value(work, rules.DAYS, leading.community))
