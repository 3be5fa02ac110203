"""The same scene photographed, shrunk, brightened or cut again is alike; another scene is not."""

import io
import random
from collections.abc import Callable, Iterator

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from server.duplicates.likeness import ALIKE, ALMOST_EQUAL, apart, nearest, telling
from server.photos.darkroom import Darkroom

SCENES = 6


@pytest.fixture(scope="module")
def fingerprint() -> Iterator[Callable[[Image.Image, int], str]]:
    """Of a picture sent as a JPEG of this quality, as the photos feature makes it."""
    darkroom = Darkroom()

    def make(picture: Image.Image, quality: int = 90) -> str:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        return darkroom.develop(out.getvalue()).fingerprint

    yield make
    darkroom.close()


def scene(seed: int) -> Image.Image:
    """A wall, a ground, and nine things lying about."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (1200, 900), tuple(chance.randrange(90, 200) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1200, chance.randrange(260, 520)), fill=tuple(chance.randrange(140, 240) for _ in range(3)))
    for _ in range(9):
        x, y = chance.randrange(1100), chance.randrange(800)
        box = (x, y, x + chance.randrange(90, 450), y + chance.randrange(80, 380))
        (draw.rectangle if chance.random() < 0.6 else draw.ellipse)(
            box, fill=tuple(chance.randrange(256) for _ in range(3))
        )
    return picture.filter(ImageFilter.GaussianBlur(2))


AGAIN: dict[str, Callable[[Image.Image], Image.Image]] = {
    "smaller": lambda picture: picture.resize((640, 480)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
    "cut slightly": lambda picture: picture.crop((36, 27, 1164, 873)),
}


@pytest.mark.parametrize("change", AGAIN)
def test_the_same_scene_again_is_alike(change: str, fingerprint: Callable[..., str]) -> None:
    for seed in range(SCENES):
        assert apart(fingerprint(scene(seed)), fingerprint(AGAIN[change](scene(seed)))) <= ALIKE, seed


def test_a_chat_apps_compression_leaves_it_almost_equal(fingerprint: Callable[..., str]) -> None:
    for seed in range(SCENES):
        assert apart(fingerprint(scene(seed)), fingerprint(scene(seed), 30)) <= ALMOST_EQUAL, seed


def test_other_scenes_are_not_alike(fingerprint: Callable[..., str]) -> None:
    made = [fingerprint(scene(seed)) for seed in range(SCENES)]

    assert all(apart(one, other) > ALIKE for place, one in enumerate(made) for other in made[:place])


def test_a_black_picture_is_like_nothing(fingerprint: Callable[..., str]) -> None:
    assert not telling(fingerprint(Image.new("RGB", (800, 600), "black")))
    assert not telling(fingerprint(Image.new("RGB", (800, 600), "white")))
    assert telling(fingerprint(scene(1)))
    assert not telling("")


def test_without_photos_there_is_nothing_to_compare() -> None:
    assert nearest([], ["f" * 16]) is None
    assert nearest(["0" * 16], ["f" * 16, "0" * 15 + "1"]) == 1
