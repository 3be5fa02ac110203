"""Writes small true HEIC files: our HEIC library only reads, so the tests bring an encoder of their own.

Each block of 16 × 16 pixels is stored uncompressed (HEVC's PCM mode, Rec. ITU-T H.265 §7.3.8.7), which needs no
transform and only one context of the arithmetic coder.
"""

import struct

from PIL import Image

BLOCK = 16
# rangeTabLps (§9.3.4.3.2.2), the column for a range of 448 and more: the only one a freshly started coder visits.
LESS_PROBABLE = [240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94, 89]
LESS_PROBABLE += [85, 80, 76, 72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 31, 30, 28, 27, 25, 24]
LESS_PROBABLE += [23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9]


class _Bits:
    """Bits written most significant first, with the two number codes of H.265 and its arithmetic coder."""

    def __init__(self) -> None:
        self.done = bytearray()
        self._byte = self._count = 0
        self._probability_state = 0
        self.restart_coder()

    def put(self, value: int, width: int) -> None:
        for at in reversed(range(width)):
            self._byte = self._byte << 1 | (value >> at & 1)
            self._count += 1
            if self._count == 8:
                self.done.append(self._byte)
                self._byte = self._count = 0

    def number(self, *values: int) -> None:
        """Unsigned Exp-Golomb codes."""
        for value in values:
            width = (value + 1).bit_length()
            self.put(value + 1, 2 * width - 1)

    def align(self) -> None:
        while self._count:
            self.put(0, 1)

    def restart_coder(self) -> None:
        self._low, self._range, self._waiting, self._first = 0, 510, 0, True

    def likely_bin(self) -> None:
        """The more probable value of the one context in use (part_mode: the block is not divided)."""
        self._range -= LESS_PROBABLE[self._probability_state]
        self._probability_state = min(self._probability_state + 1, 62)
        self._renormalise()

    def final_bin(self, value: int) -> None:
        self._range -= 2
        if value:
            self._low += self._range
            self._range = 2
        self._renormalise()
        if value:
            self._coded(self._low >> 9 & 1)
            self.put(self._low >> 7 & 3 | 1, 2)

    def _renormalise(self) -> None:
        while self._range < 256:
            if self._low < 256:
                self._coded(0)
            elif self._low >= 512:
                self._low -= 512
                self._coded(1)
            else:
                self._low -= 256
                self._waiting += 1
            self._range <<= 1
            self._low <<= 1

    def _coded(self, bit: int) -> None:
        if self._first:
            self._first = False
        else:
            self.put(bit, 1)
        for _ in range(self._waiting):
            self.put(1 - bit, 1)
        self._waiting = 0


def write_heic(picture: Image.Image, *, quarter_turns: int = 0, exif: bytes = b"") -> bytes:
    """The picture (sides divisible by 16) as HEIC, to be shown turned anticlockwise by `quarter_turns` (irot)."""
    width, height = picture.size
    assert width % BLOCK == 0 and height % BLOCK == 0
    headers = [_video_parameters(), _sequence_parameters(width, height), _picture_parameters()]
    coded = _unit(19, _slice(picture))
    items = [(1, b"hvc1", struct.pack(">I", len(coded)) + coded)]
    if exif:
        items.append((2, b"Exif", struct.pack(">I", 0) + exif.removeprefix(b"Exif\x00\x00")))
    properties = _box(
        b"ipco",
        _decoder_configuration(headers),
        _full_box(b"ispe", struct.pack(">II", width, height)),
        _box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 6, 0x80)),
        _box(b"irot", bytes([quarter_turns])),
    )
    associations = _full_box(b"ipma", struct.pack(">IHB4B", 1, 1, 4, 0x81, 2, 3, 0x84))
    entries = [_full_box(b"infe", struct.pack(">HH4sB", number, 0, kind, 0), version=2) for number, kind, _ in items]
    references = _full_box(b"iref", _box(b"cdsc", struct.pack(">HHH", 2, 1, 1))) if exif else b""

    def meta(start: int) -> bytes:
        places, at = b"", start
        for number, _, content in items:
            places += struct.pack(">HHHII", number, 0, 1, at, len(content))
            at += len(content)
        return _full_box(
            b"meta",
            _full_box(b"hdlr", struct.pack(">I4s12xB", 0, b"pict", 0)),
            _full_box(b"pitm", struct.pack(">H", 1)),
            _full_box(b"iloc", struct.pack(">HH", 0x4400, len(items)), places),
            _full_box(b"iinf", struct.pack(">H", len(entries)), *entries),
            references,
            _box(b"iprp", properties, associations),
        )

    head = _box(b"ftyp", b"heic", struct.pack(">I", 0), b"mif1heic")
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + _box(b"mdat", *(content for _, _, content in items))


def _slice(picture: Image.Image) -> bytes:
    bits = _Bits()
    bits.put(0b10, 2)  # the first slice; earlier pictures may stay
    bits.number(0, 2, 0)  # picture parameters 0, an I slice, quantiser unchanged
    bits.put(1, 1)
    bits.align()
    luma, blue, red = picture.convert("YCbCr").split()
    half = (picture.width // 2, picture.height // 2)
    blue, red = blue.resize(half), red.resize(half)
    for top in range(0, picture.height, BLOCK):
        for left in range(0, picture.width, BLOCK):
            if top or left:
                bits.final_bin(0)  # the slice goes on
            bits.likely_bin()
            bits.final_bin(1)  # samples follow as they are
            bits.align()
            bits.done += luma.crop((left, top, left + BLOCK, top + BLOCK)).tobytes()
            for chroma in (blue, red):
                bits.done += chroma.crop((left // 2, top // 2, (left + BLOCK) // 2, (top + BLOCK) // 2)).tobytes()
            bits.restart_coder()
    bits.final_bin(1)  # its last bit is the stop bit
    bits.align()
    return bytes(bits.done)


def _profile(bits: _Bits) -> None:
    bits.put(1, 8)
    bits.put(0x6000_0000, 32)
    bits.put(0b1011, 4)
    bits.put(0, 44)
    bits.put(180, 8)


def _closed(bits: _Bits) -> bytes:
    bits.put(1, 1)
    bits.align()
    return bytes(bits.done)


def _video_parameters() -> bytes:
    bits = _Bits()
    bits.put(0b0000_11_000000_000_1, 16)
    bits.put(0xFFFF, 16)
    _profile(bits)
    bits.put(1, 1)
    bits.number(0, 0, 0)
    bits.put(0, 6)
    bits.number(0)
    bits.put(0, 2)
    return _unit(32, _closed(bits))


def _sequence_parameters(width: int, height: int) -> bytes:
    bits = _Bits()
    bits.put(0b0000_000_1, 8)
    _profile(bits)
    bits.number(0, 1, width, height)
    bits.put(0, 1)
    bits.number(0, 0, 0)
    bits.put(1, 1)
    bits.number(0, 0, 0)
    bits.number(1, 0, 0, 2, 0, 0)  # coding blocks of 16, transforms of 4 to 16
    bits.put(0b0001, 4)  # no scaling list, no asymmetric motion, no offset filter; PCM
    bits.put(0x77, 8)  # of 8 bits
    bits.number(1, 0)  # in blocks of 16
    bits.put(1, 1)
    bits.number(0)
    bits.put(0, 5)
    return _unit(33, _closed(bits))


def _picture_parameters() -> bytes:
    bits = _Bits()
    bits.number(0, 0)
    bits.put(0, 7)
    bits.number(0, 0, 0)
    bits.put(0, 3)
    bits.number(0, 0)
    bits.put(0, 7)
    bits.put(0b101, 3)  # the deblocking filter is controlled here, not in slices, and off
    bits.put(0, 2)
    bits.number(0)
    bits.put(0, 2)
    return _unit(34, _closed(bits))


def _unit(kind: int, payload: bytes) -> bytes:
    """A NAL unit; a 3 keeps start codes from appearing inside."""
    guarded, zeros = bytearray([kind << 1, 1]), 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            guarded.append(3)
            zeros = 0
        guarded.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(guarded)


def _decoder_configuration(headers: list[bytes]) -> bytes:
    content = struct.pack(
        ">BBI6sBHBBBBHBB", 1, 1, 0x6000_0000, b"\xb0" + bytes(5), 180, 0xF000, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0x0F, 3
    )
    for kind, header in zip((32, 33, 34), headers, strict=True):
        content += struct.pack(">BHH", 0x80 | kind, 1, len(header)) + header
    return _box(b"hvcC", content)


def _box(name: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I4s", 8 + len(content), name) + content


def _full_box(name: bytes, *contents: bytes, version: int = 0) -> bytes:
    return _box(name, struct.pack(">I", version << 24), *contents)
