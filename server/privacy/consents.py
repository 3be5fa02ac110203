"""Consent, with the version of the notice that was shown when it was given."""

import re

from server.kit.errors import Invalid
from server.kit.store import Work
from server.privacy import notice, records
from server.privacy.records import Consent

_PURPOSE = re.compile(r"[a-z][a-z_]{1,29}")


def consent(work: Work, subject: str, purpose: str, version: int) -> Consent:
    """Somebody agrees. `subject`: a key of the asking feature, such as `rider:17`; `purpose`: such as `profile`.

    Given again for the same version, it is given once. Raises `Invalid`: no such purpose or version of the notice.
    """
    if not subject or not _PURPOSE.fullmatch(purpose):
        raise Invalid("不知道是谁同意、同意什么")
    if version not in notice.versions():
        raise Invalid("请先看一下最新的隐私说明，再点同意")
    known = consented(work, subject, purpose)
    if known is not None and known.version == version:
        return known
    records.add_consent(work, subject, purpose, version)
    return Consent(subject, purpose, version, work.now)


def consented(work: Work, subject: str, purpose: str) -> Consent | None:
    """What somebody agreed to, unless they took it back."""
    return next((one for one in records.consents(work, subject) if one.purpose == purpose), None)


def changed_since(version: int, purpose: str) -> tuple[str, ...]:
    """What newer notices changed of a purpose, in plain lines; none: a consent to this version still holds.

    `version` 0: never agreed. PIPL 14: another purpose, manner or kind of data needs a new consent.
    """
    newer = (one for number, one in notice.versions().items() if number > version)
    return tuple(line for one in newer for line in one.renews.get(purpose, ()))


def withdraw_consent(work: Work, subject: str, purpose: str) -> bool:
    """As easy as giving it; False when there was none. What it means for the data, the asking feature knows."""
    return records.withdraw_consent(work, subject, purpose)
