"""One request, one transaction."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.kit.store import Store, Work

migrations = Migrations("words")


@migrations(name="0001_words")
def _tables(database: Database) -> None:
    database.execute("create table words (word text not null unique)")


@dataclass(frozen=True)
class Said:
    word: str


def echo(work: Work, said: Said) -> None:
    work.insert("words", {"word": f"{said.word}!"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "words.db", [migrations], {Said: [echo]})


def words(store: Store) -> list[str]:
    with store.look() as look:
        return [row["word"] for row in look.rows("select word from words order by word")]


def test_a_reaction_is_written_in_the_same_transaction(store: Store) -> None:
    with store.work() as work:
        work.insert("words", {"word": "hello"})
        work.tell(Said("hello"))

    assert words(store) == ["hello", "hello!"]


def test_nothing_remains_of_a_transaction_that_failed(store: Store) -> None:
    done: list[str] = []

    with pytest.raises(ZeroDivisionError), store.work() as work:
        work.insert("words", {"word": "hello"})
        work.after(lambda: done.append("told"))
        raise ZeroDivisionError

    assert words(store) == []
    assert done == []


def test_what_leaves_the_building_waits_for_the_commit(store: Store) -> None:
    seen: list[list[str]] = []

    with store.work() as work:
        work.after(lambda: seen.append(words(store)))
        work.insert("words", {"word": "hello"})

    assert seen == [["hello"]]


def test_a_failed_attempt_takes_only_its_own_part_back(store: Store) -> None:
    done: list[str] = []

    with store.work() as work:
        work.insert("words", {"word": "first"})
        with pytest.raises(ZeroDivisionError), work.attempt():
            work.insert("words", {"word": "second"})
            work.after(lambda: done.append("second"))
            raise ZeroDivisionError
        work.insert("words", {"word": "third"})

    assert words(store) == ["first", "third"]
    assert done == []


def test_a_look_sees_one_moment(store: Store) -> None:
    with store.look() as look:
        before = look.rows("select * from words")
        other = Store(store._sqlite.path, [migrations])
        with other.work() as work:
            work.insert("words", {"word": "meanwhile"})

        assert look.rows("select * from words") == before
    assert words(store) == ["meanwhile"]
