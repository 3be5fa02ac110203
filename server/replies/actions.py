"""Choosing words for a ticket, trying words out, and editing a community's own."""

from dataclasses import dataclass, replace

from server import categories, incidents, stations
from server.incidents import Incident
from server.kit.clock import beijing
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.store import Work
from server.replies import records, rules
from server.replies.facts import AROUND, SOMEBODY, facts
from server.replies.rules import EVERYWHERE, PLACEHOLDERS, Draft, Template
from server.staff import Person

LOOKED_AT = 200
"""Newest tickets of each station among which the preview looks for one of the category."""


_SETTLED = frozenset({"verified", "closed"})


@dataclass(frozen=True, slots=True)
class Choice:
    """Words ready to be sent with a move. `letter`: for the station's screen, else for the reporter's receipt."""

    id: str
    title: str
    text_filled: str
    letter: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """How a draft reads. `trouble`: why it cannot be saved; `real` is empty without a ticket of its category."""

    trouble: str
    example: str
    real: str
    real_number: str


def choices(work: Work, incident: Incident, move: str, *, body: str = "", until: int | None = None) -> list[Choice]:
    """What can be said with this move of this ticket, filled; the most specific first, the community's own before ours.

    `{日期}` and `{对方}` stay in braces while the form has not brought them: see `complete`. Not cut to the person's
    rights: whoever sees the ticket may read this.
    """
    fitting = [
        one
        for one in templates(work, incident.community)
        if one.fits(move, incident.category) and (incident.state in _SETTLED or not one.claims_too_early)
    ]
    known = {letter: facts(work, incident, letter=letter, body=body, until=until) for letter in (False, True)}
    kept = {name for name, one in PLACEHOLDERS.items() if move in one.late}
    filled = (
        Choice(one.key, one.title, rules.fill(one.text, known[one.letter], kept), one.letter)
        for one in sorted(fitting, key=lambda one: one.rank)
    )
    return [choice for choice in filled if choice.text_filled]


def complete(
    work: Work, incident: Incident, text: str, *, letter: bool = False, body: str = "", until: int | None = None
) -> str:
    """What somebody is about to send, with every placeholder filled that is still in it: call it before the move.

    A sentence whose fact is still not known is left out; braces around anything else are the writer's own.
    """
    return rules.fill(text, facts(work, incident, letter=letter, body=body, until=until))


def templates(work: Work, community: str) -> list[Template]:
    """Everything a community can say: its own, and what the program brings that it has not worded anew."""
    own = records.own(work, community)
    replaced = {one.origin for one in own}
    return own + [one for one in rules.shipped() if one.key not in replaced]


def template(work: Work, community: str, key: str) -> Template:
    """One of them; for a shipped one that the community has worded anew, its own wording. Raises `Missing`."""
    found = next((one for one in templates(work, community) if key in {one.key, one.origin}), None)
    if found is None:
        raise Missing("没有这条回复")
    return found


def history(work: Work, one: Template) -> list[Template]:
    """The versions of a template, the newest first, down to what was shipped."""
    if one.community == EVERYWHERE:
        return [one]
    origin = [shipped for shipped in rules.shipped() if shipped.key == one.origin]
    return records.versions(work, _number(one.key)) + origin


def may_edit(person: Person, community: str) -> bool:
    """Whether this person words what that community says."""
    return person.role in rules.EDITORS and person.sees(community)


def save(work: Work, person: Person, community: str, key: str, draft: Draft) -> Template:
    """Store a new version; `key` empty: a new template; of a shipped one: the community's own wording from now on.

    The same words again change nothing, and nothing that was sent before changes. Raises `Invalid`, `Missing`,
    `Forbidden`, and `Refused` when somebody else saved it since the page was opened.
    """
    if not person.sees(community):
        raise Missing("没有找到这个居民区")
    if not may_edit(person, community):
        raise Forbidden("回复由主任、居委干部或街道来写")
    draft = clean(draft)
    refusal = rules.trouble(draft, categories.current(work))
    if refusal:
        raise Invalid(refusal)
    if not key:
        return _stored(work, records.add(work, community, "", draft, person.id, person.name))
    known = template(work, community, key)
    if draft.version != known.version:
        moment = beijing(known.at)
        raise Refused(
            f"{known.author} {moment:%H:%M} 刚改过“{known.title}”，现在是第 {known.version} 版。请看一眼再存。"
        )
    if draft == draft_of(known):
        return known
    if known.community == EVERYWHERE:
        return _stored(work, records.add(work, community, known.key, draft, person.id, person.name))
    records.add_version(work, _number(known.key), draft, person.id, person.name)
    return _stored(work, _number(known.key))


def draft_of(one: Template) -> Draft:
    """A template as its form shows it."""
    return Draft(one.move, one.category, one.letter, one.title, one.text, one.retired, one.version)


def clean(draft: Draft) -> Draft:
    """As it may be stored: no control characters, ASCII braces, one line of title."""
    title = " ".join(incidents.plain(draft.title, rules.MAX_TITLE * 2).split())
    text = rules.ascii_braces(incidents.plain(draft.text, rules.MAX_TEXT * 2))
    return replace(draft, title=title, text=text)


def preview(work: Work, person: Person, community: str, draft: Draft) -> Preview:
    """How a draft reads on an example, and on the last ticket of its category that this person may see."""
    draft = clean(draft)
    trouble = rules.trouble(draft, categories.current(work)) or ""
    example = {name: one.example for name, one in PLACEHOLDERS.items()}
    kinds = [kind for kind in categories.current(work).values() if _covers(draft.category, kind.code)]
    if draft.category != EVERYWHERE and kinds:
        example["类别"] = SOMEBODY if draft.letter and kinds[0].private else kinds[0].label
        example["地点"] = AROUND if draft.letter and kinds[0].private else example["地点"]
    last = _last(work, person, community, draft.category)
    real = ""
    if last is not None:
        late = {name: example[name] for name, one in PLACEHOLDERS.items() if draft.move in one.late}
        known = facts(work, last, letter=draft.letter)
        real = rules.fill(draft.text, known | {name: known.get(name) or value for name, value in late.items()})
    return Preview(trouble, rules.fill(draft.text, example), real, last.number if last else "")


def _last(work: Work, person: Person, community: str, pattern: str) -> Incident | None:
    found = [
        one
        for station in stations.all_stations(work)
        if station.community == community
        for one in incidents.find(work, [community], station=station.code, limit=LOOKED_AT)
        if _covers(pattern, one.category) and incidents.may_see(one, person)
    ]
    return max(found, key=lambda one: one.id, default=None)


def _covers(pattern: str, code: str) -> bool:
    return pattern in {code, EVERYWHERE, f"{code.partition('.')[0]}.*"}


def _number(key: str) -> int:
    return int(key.removeprefix("o-"))


def _stored(work: Work, reply: int) -> Template:
    found = records.get(work, reply)
    if found is None:
        raise Missing("没有这条回复")
    return found
