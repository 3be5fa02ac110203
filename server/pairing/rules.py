"""What a pairing code is, how long it lives, and what its tries may cost. Pure.

A code is nine digits. The first three name the row it stands in (the slot), the last six are the secret: so a wrong
guess is counted against one code, and nobody can wear out the others by guessing.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Collection

from server.kit.clock import MINUTE_MS

CODE_MS = 15 * MINUTE_MS
"""How long a code can be used."""
REPEAT_MS = 2 * MINUTE_MS
"""How long the kiosk that used a code may ask again, should the answer have been lost."""
WRONG_MOST = 5
"""So many wrong guesses end a code: five in a million."""
SLOTS_MOST = 500
"""Codes open at once; beyond it a slot would be guessed too easily."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{22,128}")
_NAME = re.compile(r"kiosk-(\d{1,9})")


def new_code(taken: Collection[str]) -> str:
    """Nine random digits in a slot that is not taken; raises `ValueError` when too many are."""
    free = [f"{number:03d}" for number in range(1000) if f"{number:03d}" not in taken]
    if len(taken) >= SLOTS_MOST:
        raise ValueError("too many codes are open")
    return f"{secrets.choice(free)}{secrets.randbelow(1_000_000):06d}"


def show(code: str) -> str:
    """`123 456 789`, as it is read aloud."""
    return f"{code[:3]} {code[3:6]} {code[6:]}"


def clean(typed: str) -> str | None:
    """The nine digits in what was typed, full-width ones too; None when it cannot be a code."""
    text = unicodedata.normalize("NFKC", typed[:64])
    digits = re.sub(r"[\s·.-]", "", text)
    return digits if re.fullmatch(r"[0-9]{9}", digits) else None


def slot(code: str) -> str:
    """The part of a code that names its row."""
    return code[:3]


def fingerprint(secret: str, code: str) -> str:
    """What is kept of a code: an HMAC, because six digits alone could be found from a plain hash in a moment."""
    return hmac.new(secret.encode(), f"pairing:{code}".encode(), hashlib.sha256).hexdigest()


def is_nonce(text: str) -> bool:
    """22–128 letters, digits, - and _: what a kiosk makes for itself before it asks."""
    return bool(_NONCE.fullmatch(text))


def hashed(nonce: str) -> str:
    """What is kept of a nonce, which is random itself."""
    return hashlib.sha256(nonce.encode()).hexdigest()


def next_name(known: Collection[str]) -> str:
    """The next kiosk id, `kiosk-07`: a device's name is never given twice."""
    numbers = [int(found[1]) for name in known if (found := _NAME.fullmatch(name))]
    return f"kiosk-{max(numbers, default=0) + 1:02d}"
