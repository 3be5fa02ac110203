"""Time and place are read for staff; nothing but pixels is stored."""

import pytest
from PIL import Image, PngImagePlugin

from server.photos.darkroom import Darkroom, Developed
from tests.server.photos.heic import write_heic
from tests.server.photos.pictures import CORNERS, corners_of, encoded, exif, four_corners, gps, jpeg_segments

SHANGHAI = gps((31.0, 21.0, 30.0), "N", (121.0, 29.0, 6.0), "E")
SECRET = "SECRET-9c1f-note"


def notes(**more: object) -> bytes:
    return exif(orientation=1, taken="2026:11:22 22:04:05", gps=SHANGHAI, note=SECRET, **more)


def assert_clean(developed: Developed) -> None:
    for stored in (developed.large, developed.small):
        assert jpeg_segments(stored) <= {0xE0, 0xDB, 0xC0, 0xC4}
        for planted in (
            SECRET.encode(),
            b"Exif",
            b"2026:11:22",
            b"http://",
            b"ICC_PROFILE",
            b"Photoshop",
            b"PK\x03\x04",
        ):
            assert planted not in stored
        assert stored.endswith(b"\xff\xd9")
        assert stored.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_time_and_place_are_told_and_not_stored(darkroom: Darkroom, kind: str) -> None:
    picture = four_corners(64, 48)
    photo = write_heic(picture, exif=notes()) if kind == "HEIC" else encoded(picture, kind, exif=notes())

    developed = darkroom.develop(photo)

    assert developed.taken_at == "2026-11-22T22:04:05"
    assert developed.lat == pytest.approx(31.3583333)
    assert developed.lon == pytest.approx(121.485)
    assert_clean(developed)


def test_comments_xmp_iptc_and_profiles_are_gone(darkroom: Darkroom) -> None:
    note = SECRET.encode()
    jpeg = encoded(four_corners(), exif=notes(), comment=note, xmp=b"<x:xmpmeta>" + note, icc_profile=note * 10)
    iptc = b"\xff\xed" + (2 + 14 + len(note)).to_bytes(2, "big") + b"Photoshop 3.0\x00" + note
    jpeg = jpeg[:2] + iptc + jpeg[2:]
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET)
    texts.add_text("Description", SECRET * 50, zip=True)

    developed = [darkroom.develop(photo) for photo in (jpeg, encoded(four_corners(), "PNG", pnginfo=texts))]

    assert jpeg.count(note) >= 4
    for one in developed:
        assert_clean(one)


def test_what_hangs_on_behind_a_photo_stays_outside(darkroom: Darkroom) -> None:
    photo = encoded(four_corners())
    tails = [
        b"PK\x03\x04 a whole archive",
        b"<html><script>alert(1)</script></html>",
        photo,
        encoded(four_corners(), "PNG"),
    ]

    developed = [darkroom.develop(photo + tail) for tail in tails]

    for one in developed:
        assert_clean(one)
        assert b"<script>" not in one.large
        assert corners_of(one.large) == CORNERS


@pytest.mark.parametrize(
    ("taken", "offset", "told"),
    [
        ("2026:11:22 22:04:05", "+08:00", "2026-11-22T22:04:05+08:00"),
        ("2026:11:22 22:04:05", None, "2026-11-22T22:04:05"),
        ("2026:11:22 22:04:05", "   :  ", "2026-11-22T22:04:05"),
        ("2026:11:22 22:04:05", "+99:99", "2026-11-22T22:04:05"),
        ("0000:00:00 00:00:00", "+08:00", None),
        ("1970:01:01 00:00:00", None, None),
        ("2026:02:30 10:00:00", None, None),
        ("    :  :     :  :  ", None, None),
        ("昨天晚上", None, None),
        (None, "+08:00", None),
    ],
)
def test_the_camera_clock_is_told_as_it_stands_or_not_at_all(
    darkroom: Darkroom, taken: str | None, offset: str | None, told: str | None
) -> None:
    photo = encoded(four_corners(), exif=exif(taken=taken, offset=offset) if taken != "昨天晚上" else _wild_time())

    developed = darkroom.develop(photo)

    assert developed.taken_at == told


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (gps((31.0, 21.0, 30.0), "N", (121.0, 29.0, 6.0), "E"), (31.3583333, 121.485)),
        (gps((33.0, 30.0, 0.0), "S", (70.0, 36.0, 0.0), "W"), (-33.5, -70.6)),
        (gps((31.5, 0.0, 0.0), "N", (121.25, 0.0, 0.0), "E", GPSMapDatum="WGS-84"), (31.5, 121.25)),
        (gps((31.5, 0.0, 0.0), "N", (121.25, 0.0, 0.0), "E", GPSMapDatum="TOKYO"), None),
        (gps((31.5, 0.0, 0.0), "N", (121.25, 0.0, 0.0), "E", GPSStatus="V"), None),
        (gps((0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E"), None),
        (gps((91.0, 0.0, 0.0), "N", (121.0, 0.0, 0.0), "E"), None),
        (gps((31.0, 0.0, 0.0), "N", (181.0, 0.0, 0.0), "E"), None),
        (gps((31.0, 0.0), "N", (121.0, 0.0), "E"), None),
        (gps((31.0, 0.0, 0.0), "E", (121.0, 0.0, 0.0), "N"), None),
        (gps((31.0, 0.0, 0.0), "", (121.0, 0.0, 0.0), ""), None),
        ({}, None),
    ],
)
def test_only_a_sane_place_is_told(
    darkroom: Darkroom, place: dict[int, object], told: tuple[float, float] | None
) -> None:
    photo = encoded(four_corners(), exif=exif(gps=place))

    developed = darkroom.develop(photo)

    if told is None:
        assert (developed.lat, developed.lon) == (None, None)
    else:
        assert (developed.lat, developed.lon) == pytest.approx(told)


def test_a_place_divided_by_zero_is_no_place(darkroom: Darkroom) -> None:
    block = exif(gps=SHANGHAI).replace((31).to_bytes(4, "little") + (1).to_bytes(4, "little"), bytes(8))
    block = block.replace((31).to_bytes(4, "big") + (1).to_bytes(4, "big"), bytes(8))

    developed = darkroom.develop(encoded(four_corners(), exif=block))

    assert block != exif(gps=SHANGHAI)
    assert (developed.lat, developed.lon) == (None, None)


@pytest.mark.parametrize("cut", [7, 9, 14, 20, 40, 80])
def test_broken_exif_costs_nobody_the_photo(darkroom: Darkroom, cut: int) -> None:
    block = notes()

    developed = darkroom.develop(encoded(four_corners(), exif=block[:cut] + b"\xff" * (len(block) - cut)))

    assert corners_of(developed.large) == CORNERS
    assert_clean(developed)


def test_exif_that_points_at_itself_ends(darkroom: Darkroom) -> None:
    # One entry in big-endian order: the EXIF part begins where this directory itself begins, and so does the next one.
    entry = (0x8769).to_bytes(2, "big") + (4).to_bytes(2, "big") + (1).to_bytes(4, "big") + (8).to_bytes(4, "big")
    block = b"Exif\x00\x00MM\x00*" + (8).to_bytes(4, "big") + (1).to_bytes(2, "big") + entry + (8).to_bytes(4, "big")

    developed = darkroom.develop(encoded(four_corners(), exif=block))

    assert corners_of(developed.large) == CORNERS
    assert developed.taken_at is None


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_absurd_orientation_counts_as_upright(darkroom: Darkroom, orientation: int) -> None:
    developed = darkroom.develop(encoded(four_corners(), exif=exif(orientation=orientation)))

    assert corners_of(developed.large) == CORNERS


def _wild_time() -> bytes:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9003] = "昨天晚上".encode()
    return block.tobytes()
