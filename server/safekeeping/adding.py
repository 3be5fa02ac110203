"""Photos that staff send from a ticket: developed like a rider's, added, perhaps with the word that work is done."""

from dataclasses import dataclass

import structlog

from server import incidents, photos
from server.kit.errors import Forbidden, Invalid, Refused
from server.kit.site import Site
from server.kit.store import Work
from server.photos import WHY_LEFT, Outcome, PhotoRefused, Stored, VaultError
from server.questions import Posted
from server.staff import Person

log = structlog.get_logger()

MOST_WORDS = 450
DONE_WORDS = "处理好了，见现场照片"
"""What the history says when somebody reports the work done and lets the photos speak."""
NOT_READ = "照片没有传完整，或者加起来太大了，请少选几张再发一次。"
LATER = "现在处理照片的人比较多，请过一会儿再发一次。"
NOTHING = "请选照片，再点“加照片”。"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a form. `left` says in words what was not taken; empty: everything was."""

    outcome: Outcome
    left: str
    done: bool


def send(site: Site, incident_id: int, person: Person, posted: Posted, *, finish: bool) -> Sent:
    """Add the photos that are good, and with `finish` report the work done; blocks. Sent twice, it is done once.

    A photo that is not taken holds up neither the others nor the words. Raises as `photos.add`; `Invalid` when no photo
    could be taken, or the words are too long.
    """
    words = incidents.plain(posted.said("words"), 10 * MOST_WORDS)
    if len(words) > MOST_WORDS:
        raise Invalid(f"说明最多 {MOST_WORDS} 个字，现在有 {len(words)} 个")
    with site.store.look() as look:
        refusal = photos.why_not_add(incidents.visible(look, incident_id, person), person)
    if refusal is not None:
        raise refusal
    stored, troubles = _develop(site, posted)
    if not stored:
        raise Invalid("".join(troubles) or NOTHING)
    with site.store.work() as work:
        unfinished = _finish(work, incident_id, person, posted.said("version"), words) if finish else ""
        done = finish and not unfinished
        # What the work's own line says already is not said again beside the photos.
        outcome = photos.add(work, incident_id, person, stored, "" if done else words)
    if unfinished:
        troubles.append(f"“处理完成”没有报上：{unfinished}。")
    if outcome.left:
        troubles.append(f"一张工单最多 {photos.MOST_ADDED} 张现场照片，多出来的 {outcome.left} 张没有加。")
    return Sent(outcome, "".join(troubles), done)


def _develop(site: Site, posted: Posted) -> tuple[list[Stored], list[str]]:
    """The photos that are good, and why the others are not."""
    stored: list[Stored] = []
    troubles = [NOT_READ] if posted.trouble else []
    waits = photos.patience()
    files = [file for name, file in posted.files if name == "photos"]
    for place, file in enumerate(files[: photos.MOST_ADDED], 1):
        try:
            stored.append(photos.take(site, file.file, waits))
        except (PhotoRefused, VaultError) as cause:
            log.info("photo of staff not taken", reason=str(cause))
            which = f"第 {place} 张没有加：" if len(files) > 1 else ""
            why = LATER if isinstance(cause, PhotoRefused) and cause.temporary else WHY_LEFT[cause.reason]
            troubles.append(which + why)
    if len(files) > photos.MOST_ADDED:
        troubles.append(f"一次最多 {photos.MOST_ADDED} 张，后面的没有加。")
    return stored, troubles


def _finish(work: Work, incident_id: int, person: Person, version: str, words: str) -> str:
    """Report the work done; the sentence why not."""
    incident = incidents.visible(work, incident_id, person)
    if incident.state == "done" and incident.handler == person.id:
        return ""  # a second tap
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 16 else 0
    try:
        with work.attempt():
            incidents.move(work, incident_id, "done", person, version=seen, note=words or DONE_WORDS)
    except (Refused, Invalid, Forbidden) as refusal:
        return refusal.sentence.rstrip("。")
    return ""
