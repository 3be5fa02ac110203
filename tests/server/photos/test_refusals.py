"""What is not taken, and that the rider is told why and what to do."""

import struct
import zlib

import pytest
from PIL import Image

from server.photos.darkroom import Darkroom, Limits, PhotoRefused, formats
from server.photos.darkroom.refusals import SENTENCES
from tests.server.photos.heic import write_heic
from tests.server.photos.pictures import encoded, four_corners, png, png_chunk

MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00\x00\x00\x08free"
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + b"\x00\x00\x00\x08wide"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def reason_for(darkroom: Darkroom, data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refusal:
        darkroom.develop(data)
    assert refusal.value.sentence.endswith("不带照片直接发。")
    return refusal.value.reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x00", "not_a_photo"),
        ("这不是照片，只是改名为 .jpg 的文字".encode(), "not_a_photo"),
        (SVG, "not_a_photo"),
        (b"<!doctype html><img src=x onerror=alert(1)>", "not_a_photo"),
        (b"%PDF-1.7\n", "not_a_photo"),
        (b"PK\x03\x04" + bytes(60), "not_a_photo"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "not_a_photo"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "video"),
        (MP4, "video"),
        (MOV, "video"),
        (b"\x1aE\xdf\xa3" + bytes(40), "video"),
        (encoded(four_corners(), "BMP"), "unknown_format"),
        (encoded(four_corners(), "TIFF"), "unknown_format"),
    ],
)
def test_what_is_no_photo_is_refused_by_its_content(darkroom: Darkroom, data: bytes, reason: str) -> None:
    assert reason_for(darkroom, data) == reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIC"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_photo_cut_short_is_refused_as_such(darkroom: Darkroom, kind: str, part: float) -> None:
    picture = Image.effect_noise((256, 256), 80).convert("RGB")
    photo = write_heic(picture) if kind == "HEIC" else encoded(picture, kind)

    reason = reason_for(darkroom, photo[: int(len(photo) * part)])

    assert reason == "truncated"
    assert SENTENCES[reason].startswith("照片没传完整。")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIC"])
@pytest.mark.parametrize("start", [0, 12, 30])
def test_a_photo_of_which_only_the_beginning_is_right_is_refused(darkroom: Darkroom, kind: str, start: int) -> None:
    picture = four_corners(64, 64)
    photo = write_heic(picture) if kind == "HEIC" else encoded(picture, kind)

    reason = reason_for(darkroom, photo[:start] + b"\xa5" * 600)

    assert reason in {"not_a_photo", "broken", "truncated", "too_many_pixels", "too_heavy", "video"}


def test_a_file_that_is_too_large_is_refused_unseen() -> None:
    darkroom = Darkroom(Limits(most_bytes=2 * 1024 * 1024))

    with pytest.raises(PhotoRefused) as refusal:
        darkroom.develop(bytes(2 * 1024 * 1024 + 1))

    assert refusal.value.reason == "too_big"
    assert "2 MB" in refusal.value.sentence
    assert darkroom.idle_pids == []


@pytest.mark.parametrize("size", [(30_000, 30_000), (7_100, 7_100), (2**31 - 1, 2**31 - 1), (50_000_001, 1)])
def test_a_png_that_claims_too_many_pixels_is_refused_before_decoding(
    darkroom: Darkroom, size: tuple[int, int]
) -> None:
    bomb = png(*size, rows=bytes(50_000))

    assert reason_for(darkroom, bomb) == "too_many_pixels"


def test_a_jpeg_that_claims_too_many_pixels_is_refused_before_decoding(darkroom: Darkroom) -> None:
    photo = encoded(four_corners(320, 240))
    header = photo.index(b"\xff\xc0") + 5

    bomb = photo[:header] + struct.pack(">HH", 65_000, 65_000) + photo[header + 4 :]

    assert reason_for(darkroom, bomb) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "HEIC"])
def test_other_pictures_that_claim_too_many_pixels_are_refused(darkroom: Darkroom, kind: str) -> None:
    if kind == "WEBP":
        photo = encoded(four_corners().convert("RGBA"), "WEBP", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00")
        assert photo[12:16] == b"VP8X"
        bomb = photo[:24] + (16_000).to_bytes(3, "little") * 2 + photo[30:]
    elif kind == "GIF":
        photo = encoded(four_corners(), "GIF")
        bomb = photo[:6] + struct.pack("<HH", 60_000, 60_000) + photo[10:]
    else:
        photo = write_heic(four_corners(64, 48))
        bomb = photo.replace(struct.pack(">II", 64, 48), struct.pack(">II", 30_000, 30_000))
        assert bomb != photo

    assert reason_for(darkroom, bomb) in {"too_many_pixels", "too_heavy", "broken"}


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_png_whose_notes_unpack_without_end_is_refused(darkroom: Darkroom, name: bytes) -> None:
    packed = zlib.compress(bytes(300_000_000), 9)
    content = b"note\x00\x01\x00\x00\x00" + packed if name == b"iTXt" else b"note\x00\x00" + packed

    reason = reason_for(darkroom, png(8, 8, png_chunk(name, content), rows=(b"\x00" + bytes(24)) * 8))

    assert reason in {"broken", "too_heavy"}


def test_many_small_notes_together_are_too_much_as_well(darkroom: Darkroom) -> None:
    note = png_chunk(b"zTXt", b"note\x00\x00" + zlib.compress(bytes(1_000_000), 9))

    assert reason_for(darkroom, png(8, 8, *[note] * 200, rows=(b"\x00" + bytes(24)) * 8)) in {"broken", "too_heavy"}


def test_a_photo_for_which_memory_does_not_suffice_is_refused_and_the_next_one_works() -> None:
    darkroom = Darkroom(Limits(memory=256 * 1024 * 1024), workers=1)
    heavy = encoded(Image.new("P", (7_000, 7_000)), "PNG")

    reasons = [reason_for(darkroom, heavy) for _ in range(2)]
    developed = darkroom.develop(encoded(four_corners()))

    assert reasons == ["too_heavy", "too_heavy"]
    assert developed.source_format == "jpeg"
    darkroom.close()


def test_of_a_picture_with_thousands_of_frames_only_the_first_is_opened(darkroom: Darkroom) -> None:
    frame = encoded(four_corners(640, 480), "GIF")
    head, body = frame[: 13 + 3 * 256], frame[13 + 3 * 256 : -1]

    developed = darkroom.develop(head + body * 3000 + b";")

    assert (developed.source_format, developed.large_width) == ("gif", 640)


def test_a_picture_that_is_another_kind_of_file_at_the_same_time_loses_its_other_self(darkroom: Darkroom) -> None:
    script = b"*/=1;alert('both')//"
    gif = encoded(four_corners(), "GIF")
    both = [
        encoded(four_corners(), comment=b"<script>alert('both')</script>") + b"<html>alert('both')",
        gif + script,
        encoded(four_corners(), "PNG") + b"PK\x03\x04alert('both')",
        write_heic(four_corners(64, 48)) + struct.pack(">I", 27) + b"free<?php alert('both')?",
    ]

    for photo in both:
        assert b"both" in photo
        developed = darkroom.develop(photo)
        assert b"both" not in developed.large + developed.small


def test_boxes_within_boxes_without_end_are_refused(darkroom: Darkroom) -> None:
    photo = write_heic(four_corners(64, 48))
    ftyp = photo[: int.from_bytes(photo[:4], "big")]
    nested = b""
    for _ in range(5_000):
        nested = struct.pack(">I", len(nested) + 12) + b"meta" + bytes(4) + nested if len(nested) < 300_000 else nested

    assert reason_for(darkroom, ftyp + nested) in {"broken", "too_heavy", "crashed", "truncated"}


def scanned(times: int, **more: bytes) -> bytes:
    """A progressive photo whose last scan comes so many times more."""
    photo = encoded(four_corners(64, 48), progressive=True, **more)
    return photo[:-2] + photo[photo.rfind(b"\xff\xda") : -2] * times + photo[-2:]


def test_a_small_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded(darkroom: Darkroom) -> None:
    assert reason_for(darkroom, scanned(3000)) == "too_many_scans"


def test_only_scans_of_the_picture_itself_count(darkroom: Darkroom) -> None:
    start_of_scan = b"\xff\xda\x00\x08"

    noted = darkroom.develop(scanned(2, comment=start_of_scan * 500))
    followed = darkroom.develop(scanned(2) + start_of_scan * 500)

    assert (noted.source_format, followed.source_format) == ("jpeg", "jpeg")


def test_counting_scans_takes_no_time_over_a_file_made_of_markers() -> None:
    hostile = b"\xff\xd8" + b"\xff\xda" * 60 + b"\xff" * 5_000_000

    assert formats.scans(hostile) <= formats.MOST_SCANS + 1


def test_every_sentence_says_what_to_do() -> None:
    for sentence in SENTENCES.values():
        assert sentence.endswith("不带照片直接发。")
