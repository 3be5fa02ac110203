"""Photos in the copy of a person's data, and in its deletion."""

from collections.abc import Callable, Iterator

from server import incidents
from server.incidents import Incident
from server.kit.clock import beijing
from server.kit.personal import Erasing, Exporting, Subject
from server.kit.site import Site
from server.kit.store import Work
from server.photos import purging, records, seeing
from server.photos.part import vault_of
from server.photos.records import Photo
from server.photos.vault import PhotoMissing


def export(work: Work, event: Exporting) -> None:
    """The person's photos as they are shown here; those of people in need do not leave the desk."""
    rows = []
    for incident, photo in _own(work, event.subject):
        name = f"photos/{incident.number}-{photo.id}.jpg"
        leaves = photo.gone is None and photo.hidden is None and seeing.may_leave(work, incident, photo.id)
        if leaves:
            event.files[name] = _reader(photo.large)
        rows.append(
            {
                "工单": incident.number,
                "收到": beijing(photo.received).isoformat(timespec="seconds"),
                "文件": name if leaves else _why_not(photo),
                **_hints(photo),
            }
        )
    event.add("照片", rows)


def erase(work: Work, event: Erasing) -> None:
    """The person's photos go, originals too."""
    for _, photo in _own(work, event.subject):
        if photo.gone is None:
            purging.purge(work, photo, "asked")
            event.counts["照片"] += 1


def _own(work: Work, subject: Subject) -> Iterator[tuple[Incident, Photo]]:
    for number in sorted(subject.tickets):
        incident = incidents.get(work, number)
        if incident is not None:
            for photo_id in incidents.photos(work, number):
                photo = records.known(work, photo_id)
                if photo is not None:
                    yield incident, photo


def _hints(photo: Photo) -> dict[str, str]:
    """What the camera wrote into the file, kept apart from it."""
    taken = {"相机上的时间": photo.taken} if photo.taken else {}
    if photo.point is None:
        return taken
    return {**taken, "相机上的位置": f"{photo.point.lat:.6f}, {photo.point.lon:.6f}（{photo.point.datum}）"}


def _why_not(photo: Photo) -> str:
    if photo.gone is not None:
        return f"已删除（{purging.WHY.get(photo.why, photo.why)}）"
    return "标记为发错，一天内删除" if photo.hidden is not None else "涉及需要帮助的人，不给出"


def _reader(key: str) -> Callable[[Site], bytes | None]:
    def read(site: Site) -> bytes | None:
        try:
            return vault_of(site).get(key)
        except PhotoMissing:
            return None

    return read
