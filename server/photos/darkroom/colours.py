"""Every way a file may hold colours, brought to plain sRGB on white paper."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")


def resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled without harm: L, RGB, RGBA or CMYK."""
    if image.mode.startswith(("I", "F")):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB, what was transparent white, without profile or any other note."""
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    if profile:
        image = _to_srgb(image, profile)
    image = image.convert("RGB")
    image.info = {}
    return image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture as its profile means it; unchanged when the profile is broken or for another kind of picture."""
    try:
        transform = _transform(profile, image.mode)
        return transform.apply(image) if transform else image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way to sRGB, kept because phones use few profiles; None when the profile is sRGB already."""
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    if mode == "RGB" and (source.profile.profile_description or "").startswith("sRGB"):
        return None
    return ImageCms.buildTransform(source, SRGB, mode, "RGB")
