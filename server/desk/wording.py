"""Words to the reporter: templates put into a form, and what will be read once it is sent."""

from dataclasses import replace

from server import incidents, letters, replies
from server.desk import forms
from server.desk.dates import end_of_day
from server.desk.forms import Form, Preview, Typed
from server.incidents import MAX_WORDS, Incident
from server.kit.errors import Invalid
from server.kit.store import Work


def with_words(work: Work, incident: Incident, form: Form, said_by: tuple[str, str], *, shown: bool) -> Form:
    """The form with the templates that fit it, and with a preview when one is asked for; `said_by` as of `preview`."""
    if not (form.has("reply") or form.has("letter")):
        return form
    found = replies.choices(work, incident, form.name)
    form = replace(
        form,
        choices=tuple(one for one in found if not one.letter and form.has("reply")),
        letters=tuple(one for one in found if one.letter and form.has("letter")),
    )
    return replace(form, preview=preview(work, incident, form.typed, said_by)) if shown else form


def put_in(work: Work, incident: Incident, typed: Typed, choice_id: str, began: Typed) -> Typed:
    """The form with a template in it; an unknown one changes nothing. `began`: as the form was at first."""
    found = replies.choices(work, incident, typed.move)
    choice = next((one for one in found if one.id == choice_id), None)
    if choice is None:
        return typed
    known = {one.text_filled for one in found} | {began.reply.strip(), began.letter.strip()}
    return forms.filled(typed, choice, known)


def complete(work: Work, incident: Incident, typed: Typed) -> Typed:
    """What is sent: `{日期}` and `{对方}` filled from the form. A date that cannot be read leaves its sentence out."""
    until = until_of(typed, work.now)
    return replace(
        typed,
        reply=replies.complete(work, incident, typed.reply, body=typed.body, until=until),
        letter=replies.complete(work, incident, typed.letter, letter=True) if typed.on_screen else "",
    )


def check_length(typed: Typed) -> None:
    """Raises `Invalid` for words that would be cut: nobody's words end in the middle without their knowing."""
    most = {
        "note": MAX_WORDS,
        "reply": MAX_WORDS,
        "letter": MAX_WORDS,
        "words": MAX_WORDS,
        "place": incidents.MAX_PLACE,
    }
    for name, limit in most.items():
        length = len(incidents.plain(str(getattr(typed, name)), 10 * 1000 * 1000))
        if length > limit:
            raise Invalid(f"“{forms.LOST[name]}”最多 {limit} 个字，现在有 {length} 个")


def preview(work: Work, incident: Incident, typed: Typed, said_by: tuple[str, str]) -> Preview:
    """Exactly what the receipt and the station's screen will say; `said_by`: the role there, the name here."""
    said = complete(work, incident, typed)
    letter = incidents.plain(said.letter, MAX_WORDS)
    return Preview(
        reply=incidents.plain(said.reply, MAX_WORDS),
        letter=letter,
        role=said_by[0],
        sender=said_by[1],
        hints=letters.hints(letter),
    )


def until_of(typed: Typed, now: int) -> int | None:
    """The date as far as it can be read; UTC milliseconds."""
    try:
        return end_of_day(typed.until, now)
    except Invalid:
        return None
