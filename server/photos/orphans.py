"""Files that no photo knows: somebody crashed between storing a picture and writing it down."""

import structlog

from server.kit.clock import DAY_MS
from server.kit.site import Site
from server.photos import records
from server.photos.vault import Vault, VaultError

log = structlog.get_logger()

FOLDERS = 256


class Orphans:
    """Finds them, one folder of the vault at a time: a look through all of it takes a day."""

    def __init__(self) -> None:
        self._next = 0

    def look(self, site: Site, vault: Vault, older_s: float = DAY_MS / 1000) -> int:
        """Look through the next folder; how many files, at least this old, are thrown away."""
        folder, self._next = f"{self._next:02x}", (self._next + 1) % FOLDERS
        try:
            keys = list(vault.keys(folder, older_s))
        except VaultError as cause:
            log.warning("the vault could not be looked through", reason=str(cause))
            return 0
        with site.store.work() as work:
            lost = [key for key in keys if not records.in_use(work, key)]
            records.scrap(work, lost)
        return len(lost)
