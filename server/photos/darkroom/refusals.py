"""Why a photo is not taken, in words a rider understands: every sentence ends with what to do next."""

INSTEAD = "可以换一张，或者不带照片直接发。"
LATER = "可以过一会儿再试，或者不带照片直接发。"

WHY = {
    "empty": "这张照片是空的，里面没有内容。",
    "too_big": "照片文件太大，超过了 {megabytes} MB。",
    "too_many_pixels": "照片的尺寸太大，这里处理不了。",
    "too_heavy": "这张照片太大太复杂，这里处理不了。",
    "too_many_scans": "这张照片的格式太复杂，这里处理不了。",
    "too_slow": "这张照片处理了太久，没有成功。",
    "video": "这是视频，这里只收照片。",
    "not_a_photo": "这个文件不是照片。",
    "unknown_format": "这种图片格式打不开，请用 JPG、PNG 或 HEIC。",
    "truncated": "照片没传完整。",
    "broken": "照片打不开，文件可能坏了。",
    "crashed": "这张照片处理时出了问题，没有成功。",
    "busy": "现在传照片的人比较多，还没轮到这张。",
    "unavailable": "照片暂时处理不了。",
}
OURS = {"busy", "unavailable"}
SENTENCES = {reason: why + (LATER if reason in OURS else INSTEAD) for reason, why in WHY.items()}


class PhotoRefused(Exception):
    """A photo was not taken. `reason` is a code for programs, `sentence` Chinese for the rider."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(f"photo refused: {reason}")
        self.reason = reason
        self.sentence = sentence

    @property
    def temporary(self) -> bool:
        """Whether the same photo may well be taken a little later."""
        return self.reason in OURS


def refused(reason: str, **words: object) -> PhotoRefused:
    """The refusal with its sentence, ready to raise."""
    return PhotoRefused(reason, SENTENCES[reason].format(**words))
