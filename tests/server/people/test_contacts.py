"""How phones and addresses are written, and what an address book refuses."""

import pytest

from server import people
from server.kit.errors import Invalid, Missing
from server.kit.site import Site
from server.people import ContactDraft, building_in, clean_phone, mask
from server.people.rules import clean_building, is_email, is_wecom
from server.staff import Person, disable

from ..conftest import StaffFactory
from .conftest import ContactFactory


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "13800138000"), ("+86 138 0013 8000", "13800138000"), ("0086-138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"), ("021-55550110", "021-55550110"), ("021-5555-0110", "021-55550110"),
        ("02155550110", "021-55550110"), ("+86 21 5555 0110", "021-55550110"),
        ("0512-66661234", "0512-66661234"), ("2155550110", None), ("12800138000", None),
        ("1380013800", None), ("138001380001", None), ("138001380ab", None), ("", None), ("110", None),
    ],
)  # fmt: skip
def test_a_phone_is_taken_however_it_is_typed(text: str, phone: str | None) -> None:
    assert clean_phone(text) == phone


def test_a_phone_is_shown_masked() -> None:
    assert mask("13800138000") == "138****8000"
    assert mask("021-55550110") == "021-****0110"
    assert mask("") == ""


@pytest.mark.parametrize(
    ("words", "building"),
    [
        ("没电了用你们屏幕报一下 3号楼下面有个阿婆找不到家", "3"), ("12号楼401 就是走不动了", "12"), ("3号高层", "3"),
        ("三号楼门口", "3"), ("二十二号楼", "22"), ("十二栋", "12"), ("03 幢", "3"), ("3号2单元", "3"),
        ("25号车位被占了", None), ("北门口", None), ("2026号文件", None), ("", None), ("百号楼", None),
    ],
)  # fmt: skip
def test_a_building_is_found_in_somebodys_words(words: str, building: str | None) -> None:
    assert building_in(words) == building


def test_a_buildings_number_is_kept_plain() -> None:
    assert [clean_building(text) for text in ("3", "03", "3号楼", " 3 幢", "门口")] == ["3", "3", "3", "3", None]


def test_a_mention_can_never_ring_a_whole_group() -> None:
    assert is_wecom("WangWu_01")
    assert not any(is_wecom(name) for name in ("all", "@all", "ALL", "a b", "<@all>", "王", "", "a" * 65))


def test_an_email_address_is_one_address() -> None:
    assert is_email("duty@sn10.example")
    assert not any(is_email(text) for text in ("a@b", "a b@c.de", "a@b.cd\nBcc: x@y.zz", "a@b.cd,e@f.gh", "@b.cd"))


@pytest.mark.parametrize(
    "draft",
    [
        ContactDraft(""), ContactDraft("\u202e\n"), ContactDraft("王" * 21), ContactDraft("王", "123"),
        ContactDraft("王", "021-55550110", texts=True), ContactDraft("王", "", texts=True),
        ContactDraft("王", email="nobody"), ContactDraft("王", wecom="all"),
    ],
)  # fmt: skip
def test_a_contact_that_could_not_be_reached_is_refused(site: Site, director: Person, draft: ContactDraft) -> None:
    with site.store.work() as work, pytest.raises(Invalid):
        people.save_contact(work, director, "sn10", draft)


def test_a_contact_is_kept_with_its_channels(site: Site, director: Person) -> None:
    draft = ContactDraft(" 王值班 ", "+86 138-0013-8000", True, "wang@sn10.example", "wang")

    with site.store.work() as work:
        people.save_contact(work, director, "sn10", draft)
        (kept,) = people.contacts(work, "sn10").values()

    assert (kept.name, kept.phone, kept.sms) == ("王值班", "13800138000", "13800138000")
    assert (kept.email, kept.wecom, kept.masked) == ("wang@sn10.example", "wang", "138****8000")
    assert kept.active


def test_an_empty_phone_field_keeps_the_phone(site: Site, director: Person, contact: ContactFactory) -> None:
    key = contact("王", phone="13800138000")
    number = int(key.partition(":")[2])

    with site.store.work() as work:
        people.save_contact(work, director, "sn10", ContactDraft("王强"), number)
        kept = people.contacts(work, "sn10")[key]

    assert (kept.name, kept.phone) == ("王强", "13800138000")


def test_a_removed_contact_leaves_no_phone_behind(site: Site, director: Person, contact: ContactFactory) -> None:
    key = contact("王", phone="13800138000")

    with site.store.work() as work:
        people.remove_contact(work, director, "sn10", int(key.partition(":")[2]))
        gone = people.contacts(work, "sn10", removed=True)[key]

    assert (gone.name, gone.phone, gone.active) == ("王", "", False)


def test_a_contact_whose_account_is_disabled_is_not_active(
    site: Site, staff: StaffFactory, contact: ContactFactory
) -> None:
    person = staff("duty", login="wang")
    key = contact("王", staff=person)

    with site.store.work() as work:
        before = people.contacts(work, "sn10")[key].active
        disable(work, "wang")
        after = people.contacts(work, "sn10")[key].active

    assert before
    assert not after


def test_an_account_of_another_community_cannot_be_made_a_contact(
    site: Site, staff: StaffFactory, director: Person
) -> None:
    stranger = staff("duty", scopes=("community:yh1",))

    with site.store.work() as work, pytest.raises(Missing):
        people.save_contact(work, director, "sn10", ContactDraft("王", staff=str(stranger.id)))


def test_nobody_arranges_another_community(site: Site, staff: StaffFactory, contact: ContactFactory) -> None:
    key = contact("王")
    stranger, guard = staff("director", scopes=("community:yh1",)), staff("prop_guard")

    for person in (stranger, guard):
        with site.store.work() as work, pytest.raises(Missing):
            people.remove_contact(work, person, "sn10", int(key.partition(":")[2]))
    with site.store.work() as work, pytest.raises(Missing):
        people.remove_contact(work, stranger, "yh1", int(key.partition(":")[2]))


def test_a_unit_has_members_and_building_leaders_have_buildings(
    site: Site, director: Person, contact: ContactFactory
) -> None:
    qian, zhao = contact("钱"), contact("赵")

    with site.store.work() as work:
        leaders = people.add_unit(work, director, "sn10", "building_leader", "")
        people.add_member(work, director, "sn10", leaders, qian, "3、05号楼, 3")
        engineers = people.add_unit(work, director, "sn10", "prop_eng", "水电班")
        people.add_member(work, director, "sn10", engineers, zhao)
        people.add_member(work, director, "sn10", engineers, zhao)
        rows = [(row["kind"], row["contact"], row["building"]) for row in people.members(work, "sn10")]
        names = [row["name"] for row in people.units(work, "sn10")]

    assert rows == [("building_leader", qian, "3"), ("building_leader", qian, "5"), ("prop_eng", zhao, "")]
    assert names == ["楼组长", "水电班"]


@pytest.mark.parametrize("buildings", ["", "、", "门口", "3、门口"])
def test_a_building_leader_without_a_building_is_refused(
    site: Site, director: Person, contact: ContactFactory, buildings: str
) -> None:
    key = contact("钱")

    with site.store.work() as work:
        unit = people.add_unit(work, director, "sn10", "building_leader", "")
        with pytest.raises(Invalid):
            people.add_member(work, director, "sn10", unit, key, buildings)


def test_two_units_cannot_bear_one_name(site: Site, director: Person) -> None:
    with site.store.work() as work:
        first = people.add_unit(work, director, "sn10", "volunteer", "")
        with pytest.raises(Invalid):
            people.add_unit(work, director, "sn10", "volunteer", "志愿者")
        people.remove_unit(work, director, "sn10", first)
        again = people.add_unit(work, director, "sn10", "volunteer", "志愿者")

    assert again != first
