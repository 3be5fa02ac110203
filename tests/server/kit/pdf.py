"""Reads what Typst writes: how many pages a PDF has, where its links lead, and its words as a reader copies them."""

import re
import zlib

_INSIDE = rb"(?:[^()\\]|\\.)*"
for _ in range(4):  # a string may hold brackets in pairs, as deep as this
    _INSIDE = rb"(?:[^()\\]|\\.|\(" + _INSIDE + rb"\))*"
_TEXT = re.compile(rb"/Lang\([^)]*\)|/(f\d+) [\d.]+ Tf|\(" + _INSIDE + rb"\)|\bBT\b", re.DOTALL)
_LINK = re.compile(rb"/S/URI/URI\((" + _INSIDE + rb")\)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> int:
    """How many."""
    return len(re.findall(rb"/Type/Page\b", pdf))


def links(pdf: bytes) -> list[str]:
    """Every address behind a place on the page, in order."""
    return [_string(found).decode() for found in _LINK.findall(pdf)]


def words(pdf: bytes) -> str:
    """Every text, one line for each piece that was set."""
    objects = {int(number): body for number, body in re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}
    fonts = {
        name: _unicodes(_stream(objects[int(re.findall(rb"/ToUnicode (\d+) ", objects[int(number)])[0])]))
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", b"".join(objects.values()))
    }
    said = ""
    for body in objects.values():
        for number in re.findall(rb"/Type/Page/.*?/Contents (\d+) ", body, re.DOTALL):
            said += _set(_stream(objects[int(number)]), fonts)
    return said


def _set(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said, font = "", {}
    for found in _TEXT.finditer(content):
        if found[1]:
            font = fonts[found[1]]
        elif found[0] == b"BT":
            said += "\n"
        elif found[0].startswith(b"("):
            glyphs = _string(found[0][1:-1])
            said += "".join(font.get(int.from_bytes(glyphs[at : at + 2]), "\ufffd") for at in range(0, len(glyphs), 2))
    return said


def _unicodes(cmap: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", cmap)
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}


def _stream(body: bytes) -> bytes:
    return zlib.decompress(body.partition(b"stream\n")[2].rpartition(b"\nendstream")[0])


def _string(raw: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1]) or _octal(found[1]), raw)


def _octal(escaped: bytes) -> bytes:
    return bytes([int(escaped, 8)]) if escaped[:1].isdigit() else escaped
