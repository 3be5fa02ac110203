"""What words for everybody's eyes seem to give away, as sentences for whoever is about to hang them up. Pure.

A hint blocks nothing: a duty phone in a notice is right, and no pattern knows every name.
"""

import re
import unicodedata

_GAP = r"[\s.·•_~—–‐−-]?"
_PHONE = re.compile(
    rf"(?<!\d)(?:\+?86)?{_GAP}1[3-9](?:{_GAP}\d){{9}}(?!\d)|(?<!\d)0\d{{2,3}}{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"
    r"|(?<!\d)[3-9]\d{3}-\d{4}(?!\d)|(?<!\d)\d{8}(?!\d)"
)
_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[A-Za-z][\s·•.-]?[A-Za-z0-9]{4,6}"
)
_ROOM = re.compile(
    r"\d{1,3}\s?(?:号楼?|栋|幢)\s?\d{0,2}\s?(?:单元)?\s?\d{3,4}\s?室?|\d{3,4}\s?室"
    r"|(?<![\d:])\d{1,3}-(?:\d{1,2}-)?\d{3,4}(?!\d|-\d)"
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文施倪严俞"
)
_REAL = rf"(?:[{_SURNAMES}]|欧阳|司马|上官|诸葛|司徒|夏侯)[\u4e00-\u9fff]{{1,2}}"
# The last surname before the title: in 谢谢王阿婆 it is 王, and in 谢谢两位师傅 there is none.
_CALLED = re.compile(
    rf".*((?!(?<=[谢感多致])谢|谢谢)[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:阿婆|阿公|阿姨|奶奶|爷爷|外婆|外公|老伯|伯伯|大爷|大妈|大叔|叔叔|先生|女士|小姐|老师|师傅|主任))"
)
_NAMED = re.compile(
    r"(?:名叫|叫做|姓名是?|我叫|我是)\s?[\u4e00-\u9fff]{2,4}"
    rf"|(?:谢谢|感谢|多谢)(?!万分|万千)({_REAL})(?=[，。！、,.!\s]|$)"
    rf"|(?:\n|—)\s*({_REAL})\s*$"
)
_SPELLED = re.compile(r"[〇零一二三四五六七八九幺]{7,}")
_DIGITS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")

# The longer word first: what is left of 外孙女 must not be 女.
_FAMILY = (
    "家属|家人|家里人|全家|家长|女儿|儿子|女婿|儿媳|媳妇|老伴|爱人|妻子|丈夫|孙子|孙女|外孙女|外孙|父亲|母亲|父母"
    "|爸爸|妈妈|孩子|小孩|小朋友|宝宝|爷爷|奶奶|外公|外婆|阿公|阿婆|阿姨|老伯|老人家|老人|老太太|大爷|大妈|叔叔"
    "|姐姐|妹妹|哥哥|弟弟|姐妹|兄弟|亲人|亲属|亲戚|邻居|街坊|居民|住户|业主|失主|车主|当事人|志愿者|楼组长|居委会"
    "|居委|物业"
)
_BETWEEN = (
    "一位|一名|一个|一家|那位|这位|走失|被救|受伤|本人|我们|被|你|帮助|帮过|照顾|陪伴|的|和|与|及|们|[、，,·]|\\s"
)
_RELATION = re.compile(_FAMILY)
_NOBODY = re.compile(f"{_FAMILY}|{_BETWEEN}")
_COMMITTEE = re.compile(r"[\u4e00-\u9fff0-9]{2,18}居委会")


def hints(text: str, where: str = "信里") -> tuple[str, ...]:
    """Numbers, plates, doors and names in a text; `where` begins the sentences."""
    folded = _SPELLED.sub(lambda run: run[0].translate(_DIGITS), unicodedata.normalize("NFKC", text))
    found = []
    for pattern, what in (
        (_CARD, "身份证号"), (_PHONE, "电话号码"), (PLATE, "车牌号"), (_ROOM, "门牌号"), (_CALLED, "认得出是谁的称呼"),
        (_NAMED, "名字"),
    ):  # fmt: skip
        match = pattern.search(folded)
        if match:
            found.append(f"{where}好像有{what}“{match[match.lastindex or 0].strip()}”，小站里谁都看得到")
    return tuple(found)


def letter_hints(text: str, sender: str) -> tuple[str, ...]:
    """A letter's words, and who stands under it: whoever is no known word for family or neighbours may be a name."""
    said = (*hints(text), *hints(sender, "落款里"))
    return said if _is_nobody(sender) else (*said, "落款像名字，换成“家属”更好")


def name_hints(name: str) -> tuple[str, ...]:
    """A name to be thanked by."""
    said = hints(name, "称呼里")
    real = re.fullmatch(_REAL, unicodedata.normalize("NFKC", name))
    return (*said, "称呼像真名，小站里谁都看得到") if real else said


def _is_nobody(sender: str) -> bool:
    """Whether it names a relation and no person: 阿婆的女儿, 一位居民, 淞南十村居委会."""
    folded = unicodedata.normalize("NFKC", sender).strip()
    if _COMMITTEE.fullmatch(folded):
        return True
    return _RELATION.search(folded) is not None and _NOBODY.sub("", folded) == ""
