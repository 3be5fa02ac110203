"""What the photos feature keeps in `site.parts`, and the vault for who has only a site."""

from dataclasses import dataclass

from server.kit.site import Site
from server.photos.darkroom import Darkroom
from server.photos.lane import Lane
from server.photos.orphans import Orphans
from server.photos.reading import Reading
from server.photos.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Part:
    """Started with the site."""

    darkroom: Darkroom
    vault: Vault
    lane: Lane
    orphans: Orphans
    reading: Reading | None
    """None without the extra `redact`."""


def vault_of(site: Site) -> Vault:
    """The vault, also on a site whose features were not started (the command line)."""
    part: Part | None = site.parts.get("photos")
    return part.vault if part is not None else open_vault(site.data, site.photos_url or None)
