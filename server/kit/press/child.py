"""One sheet of paper, typeset in a process of its own: reads its order from stdin, writes the document to stdout.

Started by the press as a script, with none of our packages: it holds no secret, and whatever it takes, it gives back.
"""

import json
import math
import resource
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

NO_CHINESE, BAD_TEMPLATE = 3, 4
"""Exit codes."""

FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
)  # fmt: skip
"""What pages are set in, the best first; without any of them, whatever has the characters."""

_PROBE = "畅小站骑手居委工单辆"


def main() -> None:
    """Arguments: memory in bytes, seconds of processor time."""
    import typst  # not above: the web process, which reads the exit codes here, has no use for its 30 MB

    memory, seconds = (int(argument) for argument in sys.argv[1:3])
    order = json.load(sys.stdin)
    fonts = typst.Fonts(include_system_fonts=order["system_fonts"], font_paths=order["font_folders"])
    _seal(memory, seconds)
    families = [family for family in FAMILIES if family in set(fonts.families())]
    if not _has_chinese(fonts):
        sys.exit(NO_CHINESE)
    template = Path(order["template"])
    try:
        made = typst.compile(
            str(template),
            root=str(template.parent),
            font_paths=fonts,
            format=order["format"],
            ppi=order["ppi"],
            sys_inputs={"data": json.dumps(plain(order["data"])), "families": json.dumps(families)},
            package_path=str(Path(__file__).parent / "packages"),
            package_cache_path=str(Path(__file__).parent / "packages"),
        )
    except typst.TypstError as error:
        sys.stderr.write(error.diagnostic or error.message)
        sys.exit(BAD_TEMPLATE)
    sys.stdout.buffer.write(made[0] if isinstance(made, list) else made)


def plain(value: Any) -> Any:
    """The same data with text that can be set: no control, direction-changing or half characters. Line breaks stay."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter)[0] != "C")


def _has_chinese(fonts: "typst.Fonts") -> bool:
    """Whether every character of a few Chinese words finds a glyph: PDF/A refuses what would be an empty box."""
    import typst

    try:
        typst.compile(_PROBE.encode(), font_paths=fonts, format="pdf", pdf_standards=["a-2b"])
    except typst.TypstError:
        return False
    return True


def _seal(memory: int, seconds: int) -> None:
    with suppress(OSError):
        # Should the machine run out of memory, let it take this process and not the web server.
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, math.ceil(seconds))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    main()
