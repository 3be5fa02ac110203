"""How a family is called where its whole name is not needed: enough to tell neighbours apart. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from server.parking.rules import Household

KIN = (
    "老奶奶", "老爷爷", "老先生", "老太太", "奶奶", "爷爷", "外婆", "外公", "阿婆", "阿公", "婆婆", "公公", "阿娘",
    "孃孃", "阿爹", "伯伯", "老伯", "大伯", "爷叔", "叔叔", "阿姨", "大爷", "大妈", "大姐", "大哥", "妈妈", "爸爸",
    "老师", "师傅", "先生", "女士", "太太",
)  # fmt: skip
"""How neighbours say it. The longer of two that begin alike comes first."""


def masked(name: str) -> str:
    """Surname and form of address, no given name: `王奶奶家` → `王奶奶`, `王秀英阿姨` → `王**阿姨`, `王秀` → `王*`."""
    at, kin = min(((at, kin) for kin in KIN if (at := name.find(kin, 1)) > 0), default=(0, ""), key=lambda one: one[0])
    hidden = at - 1 if kin else max(1, len(name) - 1)
    return name[:1] + "*" * min(2, hidden) + kin


def told_apart(families: Sequence[Household]) -> dict[int, str]:
    """Family → its masked name; those of one building that would read alike get the end of their number, or a count.

    `王**（尾号 37）`, and `王**（第 2 户）` where the number does not tell; counted as they came on the register.
    """
    alike: dict[tuple[str, str], list[Household]] = defaultdict(list)
    for one in sorted(families, key=lambda one: one.id):
        alike[one.building, masked(one.name)].append(one)
    return {one.id: label + mark for (_, label), heap in alike.items() for one, mark in _marks(heap)}


def _marks(heap: Sequence[Household]) -> list[tuple[Household, str]]:
    if len(heap) == 1:
        return [(heap[0], "")]
    ends = [one.phone[-2:] for one in heap]
    return [
        (one, f"（尾号 {end}）" if end and ends.count(end) == 1 else f"（第 {place} 户）")
        for place, (one, end) in enumerate(zip(heap, ends, strict=True), 1)
    ]
