"""The files of uploads on disk. Each piece is written only where the file ends, so that two lines never mix."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class Spool:
    """A folder of files named by their upload, for our eyes only. Everything here blocks; raises `OSError` when the
    disk is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def close_to_others(self) -> None:
        """Mend a folder that was made with wider rights; for the server's start. Its files never had them."""
        with contextlib.suppress(FileNotFoundError):
            self._folder.chmod(0o700)

    def free(self) -> int:
        """Bytes that the disk still has."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free

    def size(self, upload_id: str) -> int:
        """Bytes that have arrived; 0 before the first."""
        with contextlib.suppress(FileNotFoundError):
            return self._path(upload_id).stat().st_size
        return 0

    def touched(self, upload_id: str) -> int | None:
        """When the last piece came, UTC milliseconds; None before the first."""
        with contextlib.suppress(FileNotFoundError):
            return int(self._path(upload_id).stat().st_mtime * 1000)
        return None

    def append(self, upload_id: str, offset: int, piece: bytes) -> int:
        """Add a piece that begins at `offset`; the file's length now. Nothing is written when it ends elsewhere."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path(upload_id), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size != offset:
                return size
            left = memoryview(piece)
            while left:
                written = os.pwrite(descriptor, left, size)
                size, left = size + written, left[written:]
            return size
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def opened(self, upload_id: str) -> Iterator[IO[bytes]]:
        """For reading."""
        with self._path(upload_id).open("rb") as file:
            yield file

    def delete(self, upload_id: str) -> None:
        """Gone, whether it was there or not."""
        self._path(upload_id).unlink(missing_ok=True)

    def strays(self, older_than: int) -> list[str]:
        """Files to which nothing was added since that moment, UTC milliseconds."""
        if not self._folder.is_dir():
            return []
        return [path.name for path in self._folder.iterdir() if (self.touched(path.name) or older_than) < older_than]

    def _path(self, upload_id: str) -> Path:
        return self._folder / upload_id
