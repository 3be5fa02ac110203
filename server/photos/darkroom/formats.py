"""What a file is, told by its first bytes, never by its name; and whether all of it has arrived."""

import re

from .refusals import refused

MOST_SCANS = 50
"""Of a JPEG. Phones and editors write at most some fifteen; each costs a decoder a walk over the whole picture, and a
thousand of them fit into a few kilobytes."""
SCAN, END = 0xDA, 0xD9
# Among the data of a scan each 0xff is followed by 0 or by a restart.
MARKER = re.compile(rb"\xff[^\xff\x00\xd0-\xd7]")

HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
AVIF_BRANDS = {b"avif", b"avis"}
OTHER_PICTURES = (b"BM", b"II*\x00", b"MM\x00*", b"8BPS", b"\x00\x00\x01\x00", b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")
VIDEOS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"#!AMR")


def recognise(data: bytes) -> str:
    """One of `jpeg png webp gif heic avif`; PhotoRefused for everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"RIFF"):
        if data[8:12] == b"WEBP":
            return "webp"
        raise refused("video" if data[8:12] == b"AVI " else "not_a_photo")
    if data[4:8] == b"ftyp":
        return _still_of(data)
    if data.startswith(VIDEOS) or data[4:8] in {b"moov", b"mdat", b"wide"}:
        raise refused("video")
    if data.startswith(OTHER_PICTURES):
        raise refused("unknown_format")
    raise refused("not_a_photo")


def whole(data: bytes, kind: str) -> bool:
    """Whether a container that announces its length has it; for the others the decoder finds out."""
    if kind == "webp":
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    if kind in {"heic", "avif"}:
        return _boxes_fit(data)
    return True


def scans(data: bytes) -> int:
    """How many scans a JPEG is made of, as far as it is worth counting; what lies within segments is none."""
    if data.count(b"\xff\xda") <= MOST_SCANS:
        return 0
    count, at = 0, 2
    while count <= MOST_SCANS and (found := MARKER.search(data, at)):
        marker, at = data[found.end() - 1], found.end()
        if marker == END:
            break
        if marker == SCAN:
            count += 1
        if marker != 0x01 and marker != 0xD8:  # these two stand alone
            at += int.from_bytes(data[at : at + 2], "big")
    return count


def ended(data: bytes, kind: str) -> bool:
    """Whether the file's last words are there: tells a photo that was cut short from one damaged in its middle."""
    tail = data[-1024:]
    if kind == "jpeg":
        return b"\xff\xd9" in tail
    if kind == "png":
        return b"IEND" in tail
    if kind == "gif":
        return tail.rstrip(b"\x00").endswith(b";")
    return True


def _still_of(data: bytes) -> str:
    """HEIC, AVIF or a video: all are ISO base media files, told apart by their brands."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, length, 4)}
    if data[8:12] in AVIF_BRANDS or (data[8:12] not in HEIC_BRANDS and brands & AVIF_BRANDS):
        return "avif"
    if brands & HEIC_BRANDS:
        return "heic"
    raise refused("unknown_format" if brands & {b"mif1", b"msf1", b"crx "} else "video")


def _boxes_fit(data: bytes) -> bool:
    """Whether every box at the top level lies within the file. What follows the last box is no concern of ours."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length == 0:
            return True
        if length < 8:
            return False
        at += length
    return at <= len(data)
