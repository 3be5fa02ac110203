"""Asking for a certificate, giving it, refusing it, taking it back; and what receipt and ticket page show of it."""

from dataclasses import dataclass

from gateway.contract import receipts
from server import alerts, incidents, stations
from server.alerts import ONCE, Memo
from server.certificates import keys, records, rules, seal
from server.certificates.rules import ASKED, GRANTED, REFUSED, REVOKED, STATES, Certificate, Facts
from server.incidents import OVERSEERS, Incident
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.staff import Person

_MEMO = "certificate"


@dataclass(frozen=True, slots=True)
class Card:
    """What a receipt shows. `state`: a key of `rules.STATES`, `free` (can be asked for) or `later` (once it is done).

    `reason` of a refusal or a revocation, for the reporter to read.
    """

    state: str
    reason: str = ""
    at: int | None = None
    code: str = ""
    quiet: bool = False
    """Folded up: for a light that does not burn hardly anybody misses an order."""


@dataclass(frozen=True, slots=True)
class OnTicket:
    """What the ticket page shows. `why_not`: why nothing can be given now; empty when it can, or has been."""

    certificate: Certificate | None
    label: str
    why_not: str
    may_grant: bool
    may_refuse: bool
    may_revoke: bool
    longest: int = rules.MAX_REASON


def ask(work: Work, receipt: str) -> Certificate:
    """The reporter wants one; asked for twice, it is one request. Raises `Missing` and `Refused`."""
    own = incidents.by_receipt(work, receipt)
    known = records.latest(work, own.id)
    if known is not None:
        return known
    _check(work, own)
    made = records.add(work, own.id, own.community, work.now)
    # Nobody looks at a closed ticket by itself.
    alerts.tell(
        work,
        Memo(
            own.community, ("duty", "director"), ONCE, "骑手申请助人证明", "点开工单，开具或者说明为什么不开",
            incident=own.id, key=_MEMO, while_open=False, instead=("street",),
        ),
    )  # fmt: skip
    return made


def grant(site: Site, work: Work, incident_id: int, person: Person) -> Certificate:
    """Give it, asked for or not, also after a refusal or a revocation. Given already: the same one.

    Raises `Missing`, `Forbidden`, `Refused`, and `Unavailable` when the key cannot be used.
    """
    own = _of(work, incident_id, person, rules.GRANTERS, "助人证明由值班员、主任或街道开具")
    known = records.latest(work, own.id)
    if known is not None and known.state == GRANTED:
        return known
    leading = _check(work, own)
    if known is None or known.state == REVOKED:
        known = records.add(work, own.id, own.community, None)
    facts = facts_of(work, own, leading)
    records.grant(work, known.id, person.name, facts.code, seal.seal(facts, *keys.current(site.data)))
    _settled(work, own, person, f"开具了助人证明 {receipts.show(facts.code)}")
    return _latest(work, own)


def refuse(work: Work, incident_id: int, person: Person, reason: str) -> Certificate:
    """Do not give it; the reporter reads why. Raises `Missing`, `Forbidden`, `Invalid`, `Refused`."""
    own = _of(work, incident_id, person, rules.GRANTERS, "助人证明由值班员、主任或街道答复")
    words = _reason(reason)
    known = records.latest(work, own.id)
    if known is None or known.state != ASKED:
        now = STATES[known.state] if known else "没有人申请"
        raise Refused(f"这张工单的助人证明现在是“{now}”，不用再答复")
    records.refuse(work, known.id, person.name, words)
    _settled(work, own, person, f"没有开助人证明：{words}")
    return _latest(work, own)


def revoke(work: Work, incident_id: int, person: Person, reason: str) -> Certificate:
    """Take it back: whoever checks it reads so at once. Raises `Missing`, `Forbidden`, `Invalid`, `Refused`."""
    own = _of(work, incident_id, person, OVERSEERS, "助人证明由主任或街道撤销")
    words = _reason(reason)
    known = records.latest(work, own.id)
    if known is None or known.state != GRANTED:
        raise Refused("这张工单现在没有有效的助人证明")
    records.revoke(work, known.id, person.name, words)
    _settled(work, own, person, f"撤销了助人证明：{words}")
    return _latest(work, own)


def card(work: Work, own: Incident, leading: Incident) -> Card | None:
    """For a receipt; None where there is nothing to say. `leading` is the ticket that carries the report on."""
    known = records.latest(work, own.id)
    if known is not None:
        return Card(known.state, known.reason, known.revoked or known.answered or known.asked, known.code)
    if rules.why_not(own, leading) is None:
        return Card("free", quiet=not own.kind.urgent)
    urgent = rules.may_ever(own) and own.kind.urgent and leading.state in incidents.OPEN
    return Card("later") if urgent else None


def on_ticket(work: Work, incident: Incident, person: Person) -> OnTicket | None:
    """For a person who sees this ticket; None when there is nothing to show."""
    known = records.latest(work, incident.id)
    refusal = rules.why_not(incident, incidents.leading(work, incident))
    if known is None and refusal is not None:
        return None
    state = known.state if known else ""
    grants = person.role in rules.GRANTERS
    return OnTicket(
        certificate=known,
        label=STATES.get(state, ""),
        why_not=(refusal or "") if state in {ASKED, REFUSED} else "",
        may_grant=grants and refusal is None and state != GRANTED,
        may_refuse=grants and state == ASKED,
        may_revoke=person.role in OVERSEERS and state == GRANTED,
    )


def granted(work: Work, receipt: str) -> Certificate:
    """What the reporter may download. Raises `Missing` (no such receipt) and `Refused` (none that holds)."""
    known = records.latest(work, incidents.by_receipt(work, receipt).id)
    if known is None or known.state != GRANTED:
        raise Refused("这张回执现在没有可以下载的助人证明")
    return known


def facts_of(work: Work, own: Incident, leading: Incident) -> Facts:
    """What is true of a report at this moment, with a fresh code. Times before the report are others' matter."""
    taken = alerts.acknowledged(work, leading.id)
    history = incidents.history(work, leading.id)
    began = [step.at for step in history if step.move in {"confirm", "file", "dispatch", "claim"}]
    moments = {
        "taken": taken.at if taken else min(began, default=None),
        "done": max((step.at for step in history if step.move == "done"), default=None),
        "closed": max((step.at for step in history if step.move == "close"), default=None)
        if leading.state == "closed"
        else None,
    }
    reported = _second(own.received if own.estimated else own.at)
    later = {name: _second(at) if at is not None and at >= reported else None for name, at in moments.items()}
    return Facts(
        code=receipts.new_receipt(),
        number=own.number,
        what=own.kind.label,
        community=stations.get(work, own.station).community_name,
        reported=reported,
        issued=_second(work.now),
        **later,
    )


def _second(at: int) -> int:
    return at // 1000 * 1000


def _check(work: Work, own: Incident) -> Incident:
    leading = incidents.leading(work, own)
    refusal = rules.why_not(own, leading)
    if refusal is not None:
        raise Refused(refusal)
    return leading


def _of(work: Work, incident_id: int, person: Person, roles: frozenset[str], otherwise: str) -> Incident:
    own = incidents.visible(work, incident_id, person)
    if person.role not in roles:
        raise Forbidden(otherwise)
    return own


def _reason(typed: str) -> str:
    words = incidents.plain(typed, rules.MAX_REASON).replace("\n", " ")
    if not words:
        raise Invalid("请写一句为什么，骑手会看到")
    return words


def _settled(work: Work, own: Incident, person: Person, note: str) -> None:
    alerts.withdraw(work, own.id, _MEMO)
    incidents.move(work, own.id, "note", person, note=note)


def _latest(work: Work, own: Incident) -> Certificate:
    found = records.latest(work, own.id)
    if found is None:
        raise Missing("没有这张助人证明")
    return found
