"""Who may be a partner, what it may read, and which of its keys let it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.campaign import partners
from services.campaign.partners import Partner, Wish
from shared.errors import Invalid, Refused
from tests.campaign.given import LATER, NOW

# Two users' public keys, whose seeds nobody has.
KEYS = (
    "UB3JFQ5NGVALXAB4AIFTV3TGZWEIOERSGTVAY3TRIPAK3VZ76QY632XP",
    "UA74JTH6ORMHBYWA3GPXD4YP6BSWZDPN2QOMDV6T2N3LBW7GQXRPH6MM",
)


def partner(**more: str | tuple[str, ...]) -> Partner:
    wish: dict[str, str | tuple[str, ...]] = {"name": "Kemin yrittäjät", "reads": ("insight_released",)}
    return partners.add(Wish(**{**wish, **more}), KEYS[0], NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Meri-Lapin yrittäjät ry", "meri-lapin-yrittajat-ry"),
        ("Sámediggi / Ŋ", "samediggi-n"),
        ("  Åbo & Co.  ", "abo-co"),
        ("x" * 60, "x" * 40),
    ],
)
def test_an_id_is_made_from_the_name(name: str, made: str) -> None:
    assert partner(name=name).id == made


@pytest.mark.parametrize(
    "wanted",
    [
        "1a",
        "a",
        "A-b",
        "a--b",
        "-ab",
        "ab-",
        "a.b",
        "a>b",
        "a*",
        "a b",
        'a"b',
        "a\n",
        "ä" * 3,
        "x" * 41,
        "survey",
        "survey-x",
        "campaign-survey-insight",
        "latu",
        "sys",
    ],
)
def test_an_id_that_could_be_something_else_in_a_subject_is_refused(wanted: str) -> None:
    with pytest.raises(Invalid, match="small letters"):
        partner(id=wanted)


def test_a_name_that_gives_no_id_needs_one() -> None:
    with pytest.raises(Invalid, match="Name one that fits"):
        partner(name="北")
    assert partner(name="北", id="pohjoinen").id == "pohjoinen"


def test_who_reads_a_finding_is_told_of_its_retraction_too() -> None:
    both = ("latu.survey.insight_released.v1", "latu.survey.insight_retracted.v1")
    for word in ("insight_released", "InsightRetracted", "latu.survey.insight_released.v1"):
        assert partners.readable([word]) == both


def test_all_public_events_can_be_read_and_no_internal_one() -> None:
    every = partners.readable(["all"])
    assert len(every) == len(partners.PUBLIC)
    assert all(one.startswith("latu.public.") for one in partners.subjects(every))
    for word in ("indication_released", "OutcomeRecorded", "latu.internal.>", ">", ""):
        with pytest.raises(Invalid, match="no such public event"):
            partners.readable([word])


def test_what_cannot_be_contributed_is_refused() -> None:
    assert partner(contributes=("practice", "practice")).contributes == ("practice",)
    with pytest.raises(Invalid, match="practice and indicator"):
        partner(contributes=("story",))


@pytest.mark.parametrize(
    "wrong",
    [
        KEYS[0][:-1],
        KEYS[0][:-1] + "A",
        "S" + KEYS[0][1:],
        "A" + KEYS[0][1:],
        KEYS[0].lower(),
        "U" * 56,
        "ü" * 56,
    ],
)
def test_what_is_no_public_key_of_a_user_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid, match="no public user key"):
        partners.checked_key(wrong)


def test_the_old_key_is_valid_until_the_overlap_is_over() -> None:
    rotated = partners.rotate(partner(), KEYS[1], timedelta(hours=1), NOW)
    assert [key.public for key in partners.valid_keys(rotated, NOW)] == [*KEYS]
    assert [key.public for key in partners.valid_keys(rotated, LATER)] == [KEYS[1]]


def test_without_overlap_the_old_key_ends_at_once() -> None:
    rotated = partners.rotate(partner(), KEYS[1], timedelta(), NOW)
    assert [key.public for key in partners.valid_keys(rotated, NOW)] == [KEYS[1]]


def test_a_second_rotation_does_not_lengthen_the_life_of_the_oldest_key() -> None:
    once = partners.rotate(partner(), KEYS[1], timedelta(minutes=1), NOW)
    with pytest.raises(Refused, match="has this key already"):
        partners.rotate(once, KEYS[0], timedelta(days=1), NOW)
    third = replace(once, keys=(replace(once.keys[0], public="U3"), once.keys[1]))
    twice = partners.rotate(third, KEYS[0], timedelta(days=1), NOW)
    assert twice.keys[0].until == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)])
def test_an_overlap_has_its_limits(overlap: timedelta) -> None:
    with pytest.raises(Invalid, match="30 days"):
        partners.rotate(partner(), KEYS[1], overlap, NOW)


def test_a_suspended_partner_is_let_in_again_with_its_key() -> None:
    suspended = partners.suspend(partner(), LATER)
    assert partners.valid_keys(suspended, LATER) == ()
    assert partners.valid_keys(partners.resume(suspended, LATER), LATER) == partner().keys


def test_of_a_removed_partner_neither_key_nor_contact_is_left_and_it_does_not_come_back() -> None:
    gone = partners.remove(partner(contact="it@example.org"), LATER)
    assert (gone.keys, gone.contact, gone.status) == ((), "", "removed")
    for again in (partners.resume, partners.suspend, partners.remove):
        with pytest.raises(Refused, match="has been removed"):
            again(gone, LATER)


def test_a_change_is_in_effect_once_the_broker_followed_it() -> None:
    new = partner()
    assert not new.in_effect
    assert replace(new, applied_at=NOW).in_effect
