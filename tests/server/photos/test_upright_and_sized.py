"""Every photo comes out upright, in two sizes, in plain colours."""

import struct
import zlib

import pytest
from PIL import Image, ImageCms

from server.photos.darkroom import Darkroom
from tests.server.photos.heic import write_heic
from tests.server.photos.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    STORED_AS,
    WHITE,
    corners_of,
    encoded,
    exif,
    four_corners,
    jpeg_segments,
    near,
    pixel,
    png,
    png_chunk,
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_in_any_position_stands_upright(darkroom: Darkroom, kind: str, orientation: int) -> None:
    stored = four_corners()
    for turn in STORED_AS[orientation]:
        stored = stored.transpose(turn)

    developed = darkroom.develop(encoded(stored, kind, exif=exif(orientation=orientation)))

    assert (developed.large_width, developed.large_height) == (320, 240)
    assert corners_of(developed.large) == CORNERS
    assert corners_of(developed.small) == CORNERS
    assert developed.source_format == kind.lower()


def test_a_heic_is_turned_once_by_its_own_rotation_and_not_again_by_its_exif(darkroom: Darkroom) -> None:
    upright = four_corners(64, 48)
    stored = upright.transpose(Image.Transpose.ROTATE_270)

    developed = darkroom.develop(
        write_heic(stored, quarter_turns=1, exif=exif(orientation=6, taken="2026:11:22 10:00:00"))
    )

    assert developed.source_format == "heic"
    assert (developed.large_width, developed.large_height) == (64, 48)
    assert corners_of(developed.large) == CORNERS
    assert developed.taken_at == "2026-11-22T10:00:00"


@pytest.mark.parametrize(
    ("given", "large", "small"),
    [
        ((4000, 3000), (1600, 1200), (320, 240)),
        ((3000, 4000), (1200, 1600), (240, 320)),
        ((640, 480), (640, 480), (320, 240)),
        ((100, 60), (100, 60), (100, 60)),
        ((5000, 2), (1600, 1), (320, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_a_photo_comes_in_two_sizes_and_is_never_enlarged(
    darkroom: Darkroom, given: tuple[int, int], large: tuple[int, int], small: tuple[int, int]
) -> None:
    photo = encoded(Image.new("RGB", given, RED))

    developed = darkroom.develop(photo)

    assert (developed.large_width, developed.large_height) == large
    assert (developed.small_width, developed.small_height) == small
    assert pixel(developed.large, 0, 0) == pytest.approx(RED, abs=12)
    assert len(developed.large) > len(developed.small) or large == small


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_in_any_mode_becomes_rgb(darkroom: Darkroom, mode: str) -> None:
    photo = encoded(Image.new("RGB", (40, 40), WHITE).convert(mode), "PNG")

    developed = darkroom.develop(photo)

    assert near(pixel(developed.large, 20, 20), WHITE)


def test_what_is_transparent_becomes_white(darkroom: Darkroom) -> None:
    picture = Image.new("RGBA", (80, 40), (0, 0, 0, 0))
    picture.paste((*BLUE, 255), (40, 0, 80, 40))

    photos = [encoded(picture, "PNG"), encoded(picture, "WEBP", lossless=True), encoded(picture, "GIF")]
    developed = [darkroom.develop(photo) for photo in photos]

    for one in developed:
        assert near(pixel(one.large, 10, 20), WHITE)
        assert near(pixel(one.large, 70, 20), BLUE)


def test_sixteen_bit_greys_keep_their_brightness(darkroom: Darkroom) -> None:
    rows = b"".join(b"\x00" + struct.pack(">H", 0x8000) * 32 for _ in range(32))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 16, 0, 0, 0, 0))
    photo = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")

    developed = darkroom.develop(photo)

    assert near(pixel(developed.large, 16, 16), (128, 128, 128), 2)


def test_a_cmyk_jpeg_keeps_its_colours(darkroom: Darkroom) -> None:
    photo = encoded(four_corners().convert("CMYK"), "JPEG", quality=95)

    developed = darkroom.develop(photo)

    assert corners_of(developed.large) == CORNERS


def test_another_colour_space_is_brought_to_srgb_and_its_profile_dropped(darkroom: Darkroom) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = _with_red_and_blue_swapped(srgb)
    picture = Image.new("RGB", (40, 40), (255, 0, 0))

    plain, turned, absurd = (
        darkroom.develop(encoded(picture, icc_profile=profile)) for profile in (srgb, swapped, lab)
    )

    assert near(pixel(plain.large, 20, 20), (255, 0, 0))
    assert near(pixel(turned.large, 20, 20), (0, 0, 255))
    assert near(pixel(absurd.large, 20, 20), (255, 0, 0))
    assert all(0xE2 not in jpeg_segments(one.large) for one in (plain, turned, absurd))


def test_a_broken_profile_costs_nobody_the_photo(darkroom: Darkroom) -> None:
    photo = encoded(four_corners(), icc_profile=b"not a profile" * 20)

    developed = darkroom.develop(photo)

    assert corners_of(developed.large) == CORNERS


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "MPO"])
def test_of_an_animation_the_first_picture_counts(darkroom: Darkroom, kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (GREEN, RED, BLUE)]

    developed = darkroom.develop(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))

    assert near(pixel(developed.large, 32, 32), GREEN, 20)


def test_photos_of_the_same_view_have_like_fingerprints(darkroom: Darkroom) -> None:
    view = Image.radial_gradient("L").resize((800, 600)).convert("RGB")
    another = Image.linear_gradient("L").rotate(90).resize((800, 600)).convert("RGB")

    first = darkroom.develop(encoded(view, quality=95))
    again = darkroom.develop(encoded(view.resize((640, 480)), "WEBP", quality=60))
    other = darkroom.develop(encoded(another))

    assert len(first.fingerprint) == 16
    assert _bits_between(first.fingerprint, again.fingerprint) <= 6
    assert _bits_between(first.fingerprint, other.fingerprint) >= 16


def test_a_png_made_by_hand_develops(darkroom: Darkroom) -> None:
    developed = darkroom.develop(png(2, 2, rows=(b"\x00" + bytes(RED) * 2) * 2))

    assert near(pixel(developed.large, 0, 0), RED)


def _bits_between(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _with_red_and_blue_swapped(profile: bytes) -> bytes:
    """An RGB profile under which red means blue: unmistakable, where real profiles differ by shades."""
    swapped = bytearray(profile)
    for at in range(128 + 4, 128 + 4 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        name = bytes(profile[at : at + 4])
        if name in {b"rXYZ", b"bXYZ"}:
            swapped[at : at + 4] = b"bXYZ" if name == b"rXYZ" else b"rXYZ"
        elif name == b"desc":
            swapped[at : at + 4] = b"dscx"
    return bytes(swapped)
