"""Where photos lie: by content, durable, out of nobody's reach but ours."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.photos.vault import PhotoMissing, Vault, VaultFull, VaultUnreachable, open_vault

PICTURE = b"\xff\xd8 a picture \xff\xd9"
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture(params=["folder", "memory"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return open_vault(tmp_path, "memory:///" if request.param == "memory" else None)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_photo_is_found_under_the_hash_of_its_bytes(vault: Vault) -> None:
    key = vault.put(PICTURE)

    assert key == f"{DIGEST[:2]}/{DIGEST}.jpg"
    assert vault.get(key) == PICTURE
    assert vault.exists(key)


def test_the_same_photo_twice_is_one_file(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)

    keys = {vault.put(PICTURE), vault.put(PICTURE)}

    assert files_in(tmp_path / "photos") == keys


def test_many_threads_storing_the_same_photo_leave_one_whole_file(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    picture = os.urandom(300_000)

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: vault.put(picture), range(24)))

    assert files_in(tmp_path / "photos") == keys
    assert vault.get(keys.pop()) == picture


def test_a_deleted_photo_is_gone_and_may_be_deleted_again(vault: Vault) -> None:
    key = vault.put(PICTURE)

    vault.delete(key)
    vault.delete(key)

    assert not vault.exists(key)
    with pytest.raises(PhotoMissing):
        vault.get(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        f"{DIGEST[:2]}/../{DIGEST}.jpg",
        f"/{DIGEST[:2]}/{DIGEST}.jpg",
        f"zz/{DIGEST}.jpg",
        f"{DIGEST[:2]}/{DIGEST}.jpg\n",
        f"{DIGEST[:2]}/{DIGEST}",
        f"{DIGEST[:2]}/{DIGEST.upper()}.jpg",
        f"incoming/{DIGEST}",
    ],
)
def test_what_is_no_key_reaches_no_file(vault: Vault, key: str) -> None:
    for reach in (vault.get, vault.exists, vault.delete):
        with pytest.raises(ValueError, match="not a photo's key"):
            reach(key)


@pytest.mark.parametrize("suffix", ["", "jpg", "./x", ".jpg/..", ".JPG"])
def test_a_strange_suffix_is_refused(vault: Vault, suffix: str) -> None:
    with pytest.raises(ValueError, match="not a photo's key"):
        vault.put(PICTURE, suffix)


def test_a_half_file_from_a_broken_disk_is_made_whole_by_the_next_put(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    key = vault.put(PICTURE)
    (tmp_path / "photos" / key).write_bytes(PICTURE[:5])

    vault.put(PICTURE)

    assert vault.get(key) == PICTURE


def test_a_writer_killed_at_any_moment_leaves_no_half_file_under_a_key(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from server.photos.vault import open_vault\n"
        "vault = open_vault(pathlib.Path(sys.argv[1]))\n"
        "print('go', flush=True)\n"
        "while True: vault.put(os.urandom(2_000_000))\n"
    )
    for wait in (0.0, 0.01, 0.03):
        with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(wait)
            writer.kill()

    for path in (tmp_path / "photos").glob("[0-9a-f][0-9a-f]/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


def test_what_crashed_writers_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    incoming = tmp_path / "photos" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "old").write_bytes(b"half")
    (incoming / "young").write_bytes(b"half")
    os.utime(incoming / "old", (time.time() - 7200,) * 2)

    open_vault(tmp_path)

    assert files_in(incoming) == {"young"}


def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # A limit on file size stands in for a full disk: the same failing write, without filling this one.
    program = (
        "import resource, sys, pathlib\n"
        "from server.photos.vault import VaultFull, open_vault\n"
        "vault = open_vault(pathlib.Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: vault.put(bytes(5000))\n"
        "except VaultFull as full: print(full.sentence.endswith('不带照片直接发。'))\n"
    )

    answer = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True)

    assert answer.stdout.decode().strip() == "True"
    assert files_in(tmp_path) == set()


def test_a_folder_that_is_a_file_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("not a folder")

    with pytest.raises(VaultUnreachable):
        open_vault(tmp_path)


def test_a_folder_that_was_taken_away_is_unreachable_or_made_anew(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    (tmp_path / "photos").rmdir()
    (tmp_path / "photos").write_text("not a folder")

    with pytest.raises(VaultUnreachable) as error:
        vault.put(PICTURE)

    assert "不带照片直接发" in error.value.sentence


def test_an_object_store_that_does_not_answer_is_unreachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"ENDPOINT": "http://127.0.0.1:9", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "REGION": "c"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    vault = open_vault(tmp_path, "s3://bucket/photos")

    for reach in (lambda: vault.put(PICTURE), lambda: vault.get(f"{DIGEST[:2]}/{DIGEST}.jpg")):
        with pytest.raises(VaultUnreachable):
            reach()


@pytest.mark.parametrize("url", ["gopher://photos", "s3://", "://"])
def test_a_url_that_means_no_store_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(VaultUnreachable):
        open_vault(tmp_path, url)


def test_a_file_url_means_a_folder(tmp_path: Path) -> None:
    key = Vault(f"file://{tmp_path}/elsewhere").put(PICTURE)

    assert (tmp_path / "elsewhere" / key).read_bytes() == PICTURE


def test_full_is_told_from_unreachable() -> None:
    assert VaultFull.sentence != VaultUnreachable.sentence


@pytest.fixture
def open_handed() -> Iterator[None]:
    """A process that would let everybody read what it writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(folder: Path) -> set[str]:
    """Of a folder and all that is in it."""
    return {
        f"{'folder' if path.is_dir() else 'file'} {path.stat().st_mode & 0o777:o}"
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.usefixtures("open_handed")
def test_photos_are_for_our_own_eyes_whatever_the_process_allows(tmp_path: Path) -> None:
    open_vault(tmp_path).put(PICTURE)

    assert rights(tmp_path / "photos") == {"folder 700", "file 600"}


@pytest.mark.usefixtures("open_handed")
def test_photos_that_everybody_could_read_are_closed_at_the_next_start(tmp_path: Path) -> None:
    key = open_vault(tmp_path).put(PICTURE)
    folder = tmp_path / "photos"
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)

    reopened = open_vault(tmp_path)

    assert rights(folder) == {"folder 700", "file 600"}
    assert reopened.get(key) == PICTURE
