"""From the mailbox to the features: everything once, poison set aside, and a full disk loses nothing."""

import sqlite3
import uuid
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract.topics import Lane
from gateway.mailbox import Batch, StoredFact
from server.features import FEATURES
from server.intake import BATCH, Intake, waiting
from server.kit.clock import now_ms
from server.kit.errors import Refused
from server.kit.feature import Feature
from server.kit.live import Change
from server.kit.records import position, refused
from server.kit.site import Site
from server.kit.store import Work


def fact(seq: int, kind: str = "checkin", reason: str | None = None, **body: Any) -> StoredFact:
    values = {"id": f"visit-{seq:04d}", "station": "sn10-north", **body}
    return StoredFact(
        "kiosk-01", Lane.EVENT, "k7Q2mZx0aB", seq, kind, None, "none", "boot", 1, values, {}, uuid.uuid4().hex,
        now_ms(), "parked" if reason else "ok", reason,
    )  # fmt: skip


def commit(site: Site, *facts: StoredFact) -> None:
    site.mailbox.commit(Batch(facts=list(facts)))


def visits(site: Site) -> int:
    with site.store.look() as look:
        return int(look.value("select count(*) from checkins"))


def test_facts_are_read_once_however_often_the_reader_starts(site: Site) -> None:
    commit(site, *(fact(seq) for seq in range(1, 6)))

    for _ in range(3):
        Intake(site, FEATURES).read()

    assert visits(site) == 5
    assert waiting(site) == 0


def test_a_long_backlog_is_read_in_batches(site: Site) -> None:
    commit(site, *(fact(seq) for seq in range(1, BATCH + 6)))
    intake = Intake(site, FEATURES)

    assert [intake.read(), intake.read(), intake.read()] == [BATCH, 5, 0]
    assert visits(site) == BATCH + 5


def test_poison_is_set_aside_with_its_reason_and_blocks_nothing(site: Site) -> None:
    heard: list[Change] = []
    site.live.publish = heard.append  # type: ignore[method-assign]
    odd = fact(4, kind="report", category="other.other", words=7)
    nowhere = replace(fact(2), kiosk="kiosk-99")
    commit(site, fact(1), nowhere, fact(3, id="x"), odd, fact(5))

    Intake(site, FEATURES).read()

    with site.store.look() as look:
        aside = refused(look)
    assert visits(site) == 2
    assert [row["fact"] for row in aside] == [4, 3, 2]
    assert "没有找到这个小站" in aside[-1]["reason"]
    assert [change.topic for change in heard].count("parked") == 3


def test_a_kiosk_speaks_only_for_stations_where_it_hangs_or_hung(site: Site) -> None:
    commit(site, fact(1, station="sn10-east"), fact(2, station="yh1-gate"), fact(3, station="gone"))

    Intake(site, FEATURES).read()

    with site.store.look() as look:
        rows = look.rows("select station from checkins order by id")
    assert [row["station"] for row in rows] == ["sn10-east", "sn10-north", "sn10-north"]


def test_a_parked_fact_is_passed_over_and_told(site: Site) -> None:
    heard: list[Change] = []
    site.live.publish = heard.append  # type: ignore[method-assign]
    commit(site, fact(1, reason="not JSON"), fact(2))

    Intake(site, FEATURES).read()

    assert visits(site) == 1
    assert Change("parked", "*", {"kiosk": "kiosk-01", "reason": "not JSON"}) in heard


def test_a_kind_that_no_feature_takes_is_passed_over(site: Site) -> None:
    commit(site, fact(1, kind="gap"), fact(2))

    Intake(site, FEATURES).read()

    assert visits(site) == 1


def failing(error: BaseException) -> Feature:
    def handler(work: Work, fact: StoredFact) -> None:
        work.insert("letters", {"station": "x", "title": "", "text": "half", "sender": "", "at": 1, "until": 1})
        raise error

    return Feature("failing", facts={"checkin": handler})


def disk_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("it went wrong")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_IOERR_WRITE", "SQLITE_READONLY"])
def test_a_full_disk_or_a_lock_loses_nothing_the_batch_is_tried_again(site: Site, name: str) -> None:
    commit(site, fact(1, kind="amenity"), fact(2))

    with pytest.raises(sqlite3.OperationalError):
        Intake(site, (*FEATURES, failing(disk_error(name)))).read()

    with site.store.look() as look:
        assert position(look) == 0
        assert refused(look) == []
    Intake(site, FEATURES).read()
    assert visits(site) == 1


def test_a_disk_error_is_known_behind_the_error_it_caused(site: Site) -> None:
    commit(site, fact(1))
    hidden = disk_error("SQLITE_ERROR")
    hidden.__context__ = disk_error("SQLITE_FULL")

    with pytest.raises(sqlite3.OperationalError):
        Intake(site, (failing(hidden),)).read()

    with site.store.look() as look:
        assert refused(look) == []


@pytest.mark.parametrize("error", [Refused("不行"), ValueError("bad"), disk_error("SQLITE_ERROR"), OverflowError()])
def test_a_feature_that_fails_leaves_no_half_and_does_not_stop_the_lane(site: Site, error: Exception) -> None:
    commit(site, fact(1), fact(2, kind="amenity", amenity="raincoat", state="empty"))

    Intake(site, (*FEATURES, failing(error))).read()

    with site.store.look() as look:
        assert visits_in(look) == 0
        assert look.value("select count(*) from letters") == 0
        assert [row["fact"] for row in refused(look)] == [1]
        assert position(look) == 2


def visits_in(look: Work) -> int:
    return int(look.value("select count(*) from checkins"))
