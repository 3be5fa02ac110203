"""Asking a reporter, taking the answer, and going on without one."""

from collections.abc import Sequence

from server import incidents, thresholds
from server.incidents import By, Incident, IncidentMoved, plain
from server.kit.errors import Forbidden, Invalid, Missing, Refused
from server.kit.live import Change
from server.kit.site import Site
from server.kit.store import Work
from server.questions import records, rules
from server.questions.rules import Question
from server.staff import Person

BATCH = 100


def ask(
    work: Work, incident_id: int, person: Person, text: str, choices: Sequence[str] = (), *, version: int | None = None
) -> Question:
    """Put a question to the reporter; with `choices` one tap answers it. The clocks of P2 and P3 stand still.

    Raises `Invalid` (empty, too long) and as `incidents.move`.
    """
    question, chips = plain(text, rules.MAX_QUESTION + 1), rules.clean_choices(choices)
    if len(question) > rules.MAX_QUESTION:
        raise Invalid(f"问题最长 {rules.MAX_QUESTION} 个字")
    if not question:
        raise Invalid("请写要问的话")
    incidents.move(work, incident_id, "ask", person, version=version, reply=question)
    asked = records.open_question(work, incident_id)
    if asked is None:
        raise Missing("没有找到这个问题")
    records.set_choices(work, asked.id, chips)
    return question_of(work, asked.id)


def withdraw(work: Work, question_id: int, person: Person) -> Incident:
    """Take a question back; the ticket goes on at once. Raises `Missing`, `Forbidden`, `Refused` (settled already)."""
    question = question_of(work, question_id)
    incident = incidents.visible(work, question.incident, person)
    if not person.triages:
        raise Forbidden("这一步由居委或街道来做")
    if question.state != "open":
        raise Refused(f"这个问题{rules.STATES[question.state]}")
    records.settle(work, question.id, "withdrawn")
    return _go_on(work, incident, f"撤回了问题：{question.text}", By.person(person))


def answer(
    work: Work, question_id: int, choice: str, words: str, photos: Sequence[int] = (), *, of: int | None = None
) -> Question:
    """Take the reporter's answer, once. `choice` is one of the chips, `of` the ticket on whose receipt it stood.

    In time, the ticket goes on; later it is a word like any other. The same answer sent twice is one answer. Raises
    `Missing`, `Invalid` (nothing said), `Refused` with the sentence of `rules.CLOSED_DOORS`.
    """
    question = question_of(work, question_id)
    if of is not None and question.incident != of:
        raise Missing("没有找到这个问题")
    said, chip = plain(words, rules.MAX_WORDS), choice if choice in question.choices else ""
    if question.state == "answered" and (question.choice, question.words) == (chip, said):
        return question
    state = standing(work, question)
    if state in rules.CLOSED_DOORS:
        raise Refused(rules.CLOSED_DOORS[state])
    if not (chip or said or photos):
        raise Invalid("请点一个选项，或者写一句" if question.choices else "请写一句，或者带一张照片")
    late = state == "late"
    records.answer(work, question.id, chip, said, len(photos), late)
    incidents.add_photos(work, question.incident, photos)
    heard = incidents.hear(work, question.incident, rules.told(chip, said, len(photos), late))
    _repaint_leading(work, heard)
    return question_of(work, question.id)


def question_of(work: Work, question_id: int) -> Question:
    """One question; raises `Missing`."""
    question = records.get(work, question_id)
    if question is None:
        raise Missing("没有找到这个问题")
    return question


def standing(work: Work, question: Question) -> str:
    """What an answer would be now, see `rules.standing`."""
    own = incidents.get(work, question.incident)
    if own is None:
        raise Missing("没有找到这个问题")
    newest = records.of(work, question.incident)[-1].id
    return rules.standing(question, incidents.leading(work, own), newest, work.now)


def moved(work: Work, event: IncidentMoved) -> None:
    """Whichever page asked: the question gets its place on the receipt. Whoever moves a ticket on waits no more."""
    question = records.open_question(work, event.incident.id)
    if question is not None and (event.move == "ask" or event.incident.waiting != "reporter"):
        # Those who answer and let lapse here have settled it before they told.
        records.settle(work, question.id, "passed")
    if event.move == "ask":
        step = incidents.history(work, event.incident.id)[-1]
        hours = thresholds.value(work, rules.HOURS, event.incident.community)
        until = rules.deadline(work.now, hours)
        records.add(work, event.incident.id, step.reply, (event.by, step.by, step.role), until)


def tell_lapsed(site: Site) -> None:
    """Chore: nobody waits longer than was said."""
    while True:
        with site.store.work() as work:
            due = records.questions_due(work, BATCH)
            for question in due:
                records.settle(work, question.id, "lapsed")
                incident = incidents.get(work, question.incident)
                if incident is not None:
                    _go_on(work, incident, f"没等到骑手回答：{question.text}", By(None, "系统"))
        if len(due) < BATCH:
            return


def _go_on(work: Work, incident: Incident, words: str, by: By) -> Incident:
    if incident.waiting != "reporter":
        return incident
    return incidents.hear(work, incident.id, words, name="lapse", by=by)


def _repaint_leading(work: Work, own: Incident) -> None:
    """The answer of a merged report stands on the page of the ticket that carries it on."""
    leading = incidents.leading(work, own)
    if leading.id != own.id:
        repaint(work, leading)


def repaint(work: Work, incident: Incident) -> None:
    """Let open desks show a ticket anew whose history did not change."""
    desk = str(incident.desk)
    data: dict[str, str | int] = {"id": incident.id, "state": incident.state, "desk": desk, "former_desk": desk}
    work.tell(Change("incident", incident.community, data))
