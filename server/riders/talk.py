"""What was said between the desk and whoever reported, as a small conversation on the receipt. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.additions import RETRACTED, Addition
from server.incidents import ENDED, Incident, Step
from server.questions import Question
from server.riders.way import joined


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said. `who` is a role, never a name; `mine`: by the reporter. `photos` came along with it."""

    at: int
    who: str
    words: str
    mine: bool = False
    photos: int = 0
    aside: str = ""
    """What became of it, when that is worth a word."""


ASIDES = {
    "lapsed": "没等到回答，事情接着办",
    "withdrawn": "后来不用问了",
    "passed": "没等到回答，事情接着办",
}


def talk(
    own: Incident,
    steps: Sequence[Step],
    leading: Incident,
    history: Sequence[Step],
    questions: Sequence[Question],
    asking: int | None,
    added: Sequence[Addition] = (),
) -> list[Said]:
    """Oldest first. Once merged, what was said on the leading ticket since then was said to this reporter too.

    Not the question `asking`, which stands in its form, and no question to another reporter.
    """
    heard = _replies(steps)
    since = joined(steps)
    if own.id != leading.id and since is not None:
        heard += [said for said in _replies(history) if said.at >= since]
    for question in questions:
        if question.id == asking:
            continue
        aside = ASIDES.get(question.state, "")
        heard.append(Said(question.at, question.role or "居委", question.text, aside=aside))
        if question.state == "answered":
            words = "：".join(part for part in (question.choice, question.words) if part)
            heard.append(Said(question.settled or question.at, "你", words, True, question.photos))
    heard += [_added(one, leading) for one in added]
    return sorted(heard, key=lambda said: said.at)


def _added(one: Addition, leading: Incident) -> Said:
    if one.what == RETRACTED:
        said = "撤回了" if leading.state == "withdrawn" else "不用办了"
        words = f"{said}：{one.words}" if one.words else said
        return Said(one.at, "你", words, mine=True, aside="" if leading.state in ENDED else "居委核实以后再结束")
    return Said(one.at, "你", one.words, mine=True, photos=one.photos)


def _replies(steps: Sequence[Step]) -> list[Said]:
    return [Said(step.at, step.role or "居委", step.reply) for step in steps if step.reply and step.move != "ask"]
