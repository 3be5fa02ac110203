"""Messages between the web process and a worker: a count, the lengths, then the parts, all big-endian 32-bit."""

import struct
from typing import IO

MOST_PARTS = 4
# The first part of what a worker says.
READY = b"ready"
DEVELOPED = b"developed"
COVERED = b"covered"
READ = b"read"
REFUSED = b"refused"


def send(stream: IO[bytes], parts: list[bytes]) -> None:
    """Write one message and flush it; OSError when the other side is gone."""
    stream.write(struct.pack(f">I{len(parts)}I", len(parts), *map(len, parts)))
    stream.writelines(parts)
    stream.flush()


def receive(stream: IO[bytes], longest: int) -> list[bytes]:
    """Read one message of parts of at most `longest` bytes. EOFError when the stream ends first, ValueError when it
    is not such a message."""
    (count,) = struct.unpack(">I", _exactly(stream, 4))
    if not 0 < count <= MOST_PARTS:
        raise ValueError(f"a message of {count} parts")
    lengths = struct.unpack(f">{count}I", _exactly(stream, 4 * count))
    if max(lengths) > longest:
        raise ValueError(f"a part of {max(lengths)} bytes")
    return [_exactly(stream, length) for length in lengths]


def _exactly(stream: IO[bytes], length: int) -> bytes:
    read = stream.read(length)
    if len(read) < length:
        raise EOFError("the other side is gone")
    return read
