"""Why a photo was not taken, for whoever has sent the rest already: a short code for addresses, and its sentence."""

from server.photos.darkroom import Limits
from server.photos.darkroom.refusals import OURS
from server.photos.darkroom.refusals import WHY as REFUSED
from server.photos.vault import VaultError, VaultFull

LATER = "传照片的人太多，还没轮到，照片等一下可以在回执上补。"

WHY_LEFT = {
    **{why.reason: why.why for why in (VaultError, VaultFull)},
    **{reason: why.format(megabytes=Limits().most_bytes // 1024**2) for reason, why in REFUSED.items()},
    **dict.fromkeys(OURS, LATER),
}
"""By the `reason` of a `PhotoRefused` or a `VaultError`; without what a form's sentence says to do next."""
