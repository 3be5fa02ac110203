"""Where the photos lie: by the SHA-256 of their bytes, in a local folder or in an object store behind obstore.

Called by the photos feature only. The same bytes stored twice are one file; a key says nothing about who sent what.
"""

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

if TYPE_CHECKING:
    from obstore import ObjectMeta

log = structlog.get_logger()

KEY = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.[a-z0-9]{1,5}", re.ASCII)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
INCOMING = "incoming"
SECONDS_UNTIL_ABANDONED = 3600
SECONDS_UNTIL_STALE = 300
FOLDER, FILE = 0o700, 0o600
"""Of a local vault, whatever the process's own mask is: photos are for our eyes only."""


class VaultError(Exception):
    """The vault could not do it. `sentence` is for the rider, `str()` one line for the log.

    `reason` is a code for programs, like that of a `PhotoRefused`, and `why` the sentence without what to do next."""

    reason = "not_stored"
    why = "照片暂时存不下来。"
    sentence = why + "可以过一会儿再试，或者不带照片直接发。"


class VaultFull(VaultError):
    """No space is left where the photos are kept."""

    reason = "no_room"
    why = "存照片的地方满了，已经存不下这张。"
    sentence = why + "可以不带照片直接发。"


class VaultUnreachable(VaultError):
    """The folder or the object store does not answer, or refuses us."""


class PhotoMissing(VaultError):
    """Nothing lies under this key (never stored, or purged)."""

    sentence = "这张照片已经不在了。"


class Vault:
    """Photos by key. Safe to share between threads and between processes."""

    def __init__(self, place: Path | str) -> None:
        """A folder, or the URL of a store (`s3://bucket/path`, `file:///path` …; credentials from the environment).

        Raises VaultUnreachable for a folder that cannot be used or a URL that means no store."""
        if isinstance(place, str) and (place.startswith("file://") or "://" not in place):
            place = Path(place.removeprefix("file://"))
        self._folder = place if isinstance(place, Path) else None
        with _named_errors(str(place)):
            self._store = _local(place) if isinstance(place, Path) else _remote(place)

    def put(self, data: bytes, suffix: str = ".jpg") -> str:
        """Store these bytes and return their key; durable on return. Storing them again changes nothing.

        Raises VaultFull, VaultUnreachable; ValueError for a suffix that is none."""
        digest = hashlib.sha256(data).hexdigest()
        key = _checked(f"{digest[:2]}/{digest}{suffix}")
        with _named_errors(key):
            known = self._meta(key)
            # Written again when it is old: whoever deletes files leaves the young ones alone.
            if known is None or known["size"] != len(data) or _age_s(known) > SECONDS_UNTIL_STALE:
                self._write(key, data)
        return key

    def get(self, key: str) -> bytes:
        """The bytes under a key. Raises PhotoMissing, VaultUnreachable; ValueError for what is no key."""
        with _named_errors(_checked(key)):
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except FileNotFoundError as cause:
                raise PhotoMissing(key) from cause

    def exists(self, key: str) -> bool:
        """Whether something lies under the key."""
        with _named_errors(_checked(key)):
            return self._meta(key) is not None

    def age_s(self, key: str) -> float | None:
        """Seconds since the file under a key was last written; None when there is none."""
        with _named_errors(_checked(key)):
            known = self._meta(key)
        return None if known is None else _age_s(known)

    def keys(self, folder: str, older_s: float) -> Iterator[str]:
        """What lies in one folder (`00` to `ff`) and was written longer ago than this. Raises VaultUnreachable."""
        with _named_errors(folder):
            for batch in obstore.list(self._store, prefix=folder):
                yield from (one["path"] for one in batch if KEY.fullmatch(one["path"]) and _age_s(one) > older_s)

    def delete(self, key: str) -> None:
        """Remove what lies under the key; nothing happens when it is gone already."""
        with _named_errors(_checked(key)), suppress(FileNotFoundError):
            obstore.delete(self._store, key)
            if self._folder:
                _sync(self._folder / key[:2])

    def _meta(self, key: str) -> "ObjectMeta | None":
        try:
            return obstore.head(self._store, key)
        except FileNotFoundError:
            return None

    def _write(self, key: str, data: bytes) -> None:
        if self._folder is None:
            obstore.put(self._store, key, data)
            return
        # A power cut may leave a renamed file empty, so the bytes go to the disk before the name does.
        arriving = f"{INCOMING}/{secrets.token_hex(16)}"
        for name in (INCOMING, key[:2]):
            (self._folder / name).mkdir(mode=FOLDER, parents=True, exist_ok=True)
        try:
            obstore.put(self._store, arriving, data)
            (self._folder / arriving).chmod(FILE)
            _sync(self._folder / arriving)
            obstore.rename(self._store, arriving, key)
        except BaseException:
            with suppress(OSError):
                (self._folder / arriving).unlink()
            raise
        _sync(self._folder / key[:2])
        _sync(self._folder)


def open_vault(data: Path, url: str | None = None) -> Vault:
    """The vault at `url`, else in the folder `photos` of our data folder. Raises VaultUnreachable."""
    return Vault(url or data / "photos")


def _local(folder: Path) -> ObjectStore:
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    store = LocalStore(folder, mkdir=True)
    _close_to_others(folder)
    _sweep(folder / INCOMING)
    return store


def _close_to_others(folder: Path) -> None:
    """Mend what was stored with wider rights; the folder itself comes last and so says that all of it is done."""
    if not folder.stat().st_mode & 0o077:
        return
    try:
        for path, _, names in os.walk(folder):
            for name in names:
                with suppress(FileNotFoundError):  # another process deletes, or stores
                    (Path(path) / name).chmod(FILE)
            if Path(path) != folder:
                Path(path).chmod(FOLDER)
        folder.chmod(FOLDER)
    except OSError as cause:
        log.warning("other users of this machine can read photos", reason=str(cause))


def _remote(url: str) -> ObjectStore:
    """A rider waits for the answer: give up within seconds, where the default is three minutes."""
    if url.startswith("memory:"):
        return from_url(url)
    try:
        return from_url(
            url,
            client_options={"timeout": "10s", "connect_timeout": "3s", "allow_http": True},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )
    except ValueError as cause:
        raise VaultUnreachable(f"{url}: {cause}") from cause


def _age_s(meta: "ObjectMeta") -> float:
    return (datetime.now(UTC) - meta["last_modified"]).total_seconds()


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a photo's key: {key[:100]!r}")
    return key


@contextmanager
def _named_errors(what: str) -> Iterator[None]:
    """Whatever the store or the disk raises, under our names."""
    try:
        yield
    except (BaseError, OSError) as cause:
        line = str(cause).partition("\n")[0]
        full = any(f"(os error {number})" in line or getattr(cause, "errno", None) == number for number in FULL)
        raise (VaultFull if full else VaultUnreachable)(f"{what}: {line}") from cause


def _sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(incoming: Path) -> None:
    """Remove what crashed writers left behind; younger files may belong to a living one."""
    with suppress(FileNotFoundError):
        for path in incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - SECONDS_UNTIL_ABANDONED:
                    path.unlink()
