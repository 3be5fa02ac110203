"""Making, adding to, taking and tidying uploads. Called by the protocol's pages, and by whoever wants the files."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import IO

import structlog

from server.kit.errors import Missing, Refused, Unavailable
from server.kit.site import Site
from server.kit.store import Work
from server.uploads import records, rules
from server.uploads.rules import Upload
from server.uploads.spool import Spool

log = structlog.get_logger()

BATCH = 200
NO_SPACE = "我们这边暂时存不下照片了，照片留在你手机里，过一会儿自己再传。"
GONE = "这张照片没传完，请重新传"
TOO_MANY = "这条上报传的照片太多了"


def spool(site: Site) -> Spool:
    """Where the files lie."""
    return Spool(site.data / "uploads")


def make(site: Site, report: str, name: str, length: int) -> Upload:
    """A new upload, or the one that was made for this file before: an answer that was lost costs nothing.

    Raises `Refused` (too many of this report) and `Unavailable` (no space).
    """
    files = spool(site)
    with site.store.work() as work:
        known = records.same(work, report, name, length)
        if known is not None:
            return known
        if records.count(work, report) >= rules.MOST_EACH:
            raise Refused(TOO_MANY)
        if records.promised(work) + length > rules.MOST_WAITING or files.free() < length + rules.LEFT_FREE:
            log.error("no space for uploads", report=report)
            raise Unavailable(NO_SPACE)
        upload = Upload(secrets.token_urlsafe(18), report, name, length, work.now, None, None)
        records.add(work, upload)
        return upload


def find(site: Site, upload_id: str) -> tuple[Upload, int]:
    """The upload and how much of it is here; raises `Missing`."""
    with site.store.look() as look:
        upload = records.get(look, upload_id)
    if upload is None:
        raise Missing(GONE)
    return upload, upload.length if upload.taken is not None else spool(site).size(upload.id)


def cancel(site: Site, upload_id: str) -> None:
    """The rider took the photo away again; raises `Missing`. One that was taken stays taken."""
    upload, _ = find(site, upload_id)
    if upload.taken is None:
        with site.store.work() as work:
            records.remove(work, upload.id)
        spool(site).delete(upload.id)


@contextlib.contextmanager
def opened(site: Site, upload_id: str, report: str) -> Iterator[tuple[Upload, IO[bytes] | None]]:
    """A whole upload of this report for reading; the file is None when it was taken before.

    Raises `Missing` (unknown, of another report) and `Refused` (not all of it is here).
    """
    upload, size = find(site, upload_id)
    if upload.report != report:
        raise Missing(GONE)
    if upload.taken is not None:
        yield upload, None
        return
    if size != upload.length:
        raise Refused("这张照片还没传完")
    try:
        with spool(site).opened(upload.id) as file:
            yield upload, file
    except FileNotFoundError as cause:
        raise Missing(GONE) from cause


def settle(work: Work, site: Site, upload_id: str, photo: int | None) -> None:
    """It has become this photo (None: it cannot be one): its file goes once the transaction is through."""
    records.take(work, upload_id, photo)
    work.after(lambda: spool(site).delete(upload_id))


def waiting(work: Work, report: str) -> int:
    """How many photos of this report (client id) are on their way."""
    return records.waiting(work, report)


def tidy(site: Site) -> None:
    """Chore: what nobody finishes goes after a day, what was taken is forgotten after three; stray files too."""
    files = spool(site)
    with site.store.work() as work:
        for upload in records.older(work, work.now - rules.RESTED_MS, BATCH):
            if upload.taken is not None:
                stale = upload.made < work.now - rules.REMEMBERED_MS
            else:
                stale = (files.touched(upload.id) or upload.made) < work.now - rules.RESTED_MS
            if stale:
                records.remove(work, upload.id)
        for name in files.strays(work.now - rules.RESTED_MS):
            known = records.get(work, name)
            if known is None or known.taken is not None:
                files.delete(name)
