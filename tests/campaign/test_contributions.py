"""Contributions: nothing in a message is believed, and the newest revision is all that counts."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from services.campaign import commands, contributions, partners, store, suspicions, tables, thresholds
from services.campaign.contributions import Contribution
from services.campaign.partners import Wish
from services.campaign.store import Search
from shared.backbone import outbox
from shared.db import Database
from shared.errors import Refused
from shared.events.contributed import HIGHEST_REVISION, Indicator, Practice
from tests.campaign.given import NOW

PRACTICE: dict[str, Any] = {
    "key": "c1",
    "revision": 1,
    "occurred_at": "2026-01-01T00:00:00+00:00",
    "title": {"fi": "Etäpäivät sovitaan yhdessä"},
    "description": {"fi": "Ryhmä sopii kerran kuussa, milloin kaikki ovat paikalla."},
    "topic": "organising_work",
    "source": "Oma kokeilu",
}
INDICATOR: dict[str, Any] = {
    **{name: PRACTICE[name] for name in ("key", "revision", "occurred_at", "source")},
    "name": {"fi": "Avoimet työpaikat"},
    "value": 12.5,
    "unit": "%",
    "period": str(NOW.year - 1),
    "segment": {"sub-region": "rovaniemi"},
    "method": "Laskettu rekisteristä",
    "licence": "CC0-1.0",
}


def headers(said: dict[str, Any], type_name: str = Practice.TYPE, **more: str) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": "x",
        "ce-type": type_name,
        "ce-subject": str(said["key"]),
        "ce-revision": str(said["revision"]),
    } | {name.replace("_", "-"): value for name, value in more.items()}


class Desk:
    """A campaign with two partners."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self) -> Desk:
        async with self.database.transaction() as tx:
            for name in ("Kemi", "Oulu"):
                await commands.add_partner(tx, Wish(name, contributes=partners.CONTRIBUTIONS), "", "operator")
        return self

    async def hear(self, said: dict[str, Any], *, partner: str = "kemi", **more: str) -> str:
        return await self.raw(json.dumps(said).encode(), headers(said, **more), partner=partner)

    async def raw(
        self, body: bytes, said: dict[str, str], *, partner: str = "kemi", kind: str = "practice"
    ) -> str:
        async with self.database.transaction() as tx:
            return await commands.take_contribution(tx, f"latu.partner.{partner}.{kind}", said, body)

    async def give_up(self, said: dict[str, Any]) -> str:
        async with self.database.transaction() as tx:
            subject, body = "latu.partner.kemi.practice", json.dumps(said).encode()
            return await commands.give_up_contribution(tx, subject, headers(said), body)

    async def take_back(self, revision: int) -> str:
        said = {name: PRACTICE[name] for name in ("key", "occurred_at")} | {"revision": revision}
        return await self.hear(said, type_name="latu.partner.practice_withdrawn.v1")

    async def accept(self, revision: int = 1, note: str = "") -> Contribution:
        async with self.database.transaction() as tx:
            return await commands.accept_contribution(tx, "kemi_practice_c1", revision, note, "editor")

    async def known(self) -> Contribution | None:
        async with self.database.transaction() as tx:
            return await store.load_contribution(tx, "kemi_practice_c1")

    async def told(self) -> list[tuple[str, str, dict[str, Any]]]:
        async with self.database.transaction() as tx:
            rows = await tx.all(outbox.select().order_by(outbox.c.position))
        return [(row["type"].split(".")[2], row["subject"], json.loads(row["body"] or "{}")) for row in rows]


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await Desk(database).begin()


async def test_what_is_accepted_is_answered_to_its_partner_and_told_to_the_library(desk: Desk) -> None:
    assert await desk.hear(PRACTICE) == "waiting"
    await desk.accept()
    told = await desk.told()
    assert [kind for kind, _, _ in told] == ["practice_contributed", "contribution_accepted"]
    assert told[0][2]["partner"] == "Kemi"
    assert told[1][1] == "latu.answers.campaign.contribution_accepted.v1.kemi.kemi_practice_c1"


async def test_what_is_taken_back_goes_everywhere(desk: Desk) -> None:
    await desk.hear(PRACTICE)
    await desk.accept()
    assert await desk.take_back(2) == "withdrawn"
    known = await desk.known()
    assert known
    assert (known.status, known.said) == ("withdrawn", None)
    told = await desk.told()
    assert [kind for kind, _, _ in told[-2:]] == ["practice_contribution_withdrawn", "contribution_withdrawn"]
    assert told[-1][2]["sent_revision"] == 2
    assert not any("Ryhmä" in json.dumps(body, ensure_ascii=False) for _, _, body in told)


@pytest.mark.parametrize(
    ("body", "changed", "reason"),
    [
        (b"[" * 60_000, {}, "not_valid"),
        (b"{" * 4_000_000, {}, "too_large"),
        (b"\xff\xfe", {}, "not_valid"),
        (b'{"key": "\\ud800"}', {}, "not_valid"),
        (json.dumps({**PRACTICE, "source": "abc\0"}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "revision": "1"}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "revision": 10**400}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "partner": "oulu"}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "address": "javascript:x"}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "key": "c2"}).encode(), {}, "not_valid"),
        (json.dumps({**PRACTICE, "topic": ["leadership"]}).encode(), {}, "not_valid"),
        (b"{}", {"ce_type": Indicator.TYPE}, "unknown_type"),
        (b"{}", {"ce_type": "latu.survey.insight_released.v1"}, "unknown_type"),
        (b"{}", {"ce_specversion": "0.3"}, "no_event"),
        (b"{}", {"ce_subject": "c1\0"}, "no_event"),
        (b"{}", {"ce_subject": "../oulu_practice_c1"}, "no_event"),
        (b"{}", {"ce_revision": "9" * 400}, "no_event"),
        (b"{}", {"ce_revision": "-1"}, "no_event"),
    ],
)
async def test_a_hostile_message_is_refused_with_a_reason_and_kept_nowhere(
    desk: Desk, body: bytes, changed: dict[str, str], reason: str
) -> None:
    assert await desk.raw(body, headers(PRACTICE, **changed)) == "refused"
    ((kind, subject, told),) = await desk.told()
    assert (kind, told["reason"]) == ("contribution_refused", reason)
    assert subject.startswith("latu.answers.campaign.contribution_refused.v1.kemi.kemi_practice_")
    async with desk.database.transaction() as tx:
        (kept,) = await store.list_contributions(tx, Search("refused"))
    assert kept.said is None


async def test_a_message_counts_for_who_the_subject_names_whatever_it_says_itself(desk: Desk) -> None:
    said = {"ce_source": "/oulu", "ce_id": "same", "ce_correlationid": "x\0", "Nats-Msg-Id": "same"}
    assert await desk.hear(PRACTICE, **said) == "waiting"
    other = {**PRACTICE, "title": {"fi": "Muuta"}}
    assert await desk.hear(other, partner="oulu", **said) == "waiting"
    async with desk.database.transaction() as tx:
        waiting = await store.list_contributions(tx, Search("waiting"))
    assert sorted(one.key for one in waiting) == ["kemi_practice_c1", "oulu_practice_c1"]


async def test_words_of_another_partner_are_kept_apart(desk: Desk) -> None:
    await desk.hear(PRACTICE)
    assert await desk.hear(PRACTICE, partner="oulu") == "quarantined"


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Katso www.esimerkki.example", "link"),
        ("<script>alert(1)</script>", "markup"),
        ("{{ 7 * 7 }}", "markup"),
        ("Kysy: matti@esimerkki.example", "email"),
        ("Soita 040 123 4567", "phone"),
        ("Hetu 131052-308T", "personal_id"),
        ("Sana\u202eoiken", "hidden"),
    ],
)
def test_suspicious_words_are_named(text: str, sign: str) -> None:
    said = Practice.model_validate_json(json.dumps({**PRACTICE, "description": {"fi": text}}))
    assert sign in suspicions.found(said, NOW.date())


@pytest.mark.parametrize("change", [{"value": 101.0}, {"period": "2150"}, {"value": 1e12, "unit": "kpl"}])
def test_an_unusual_figure_is_looked_at(change: dict[str, Any]) -> None:
    usual = Indicator.model_validate_json(json.dumps(INDICATOR))
    unusual = Indicator.model_validate_json(json.dumps(INDICATOR | change))
    assert suspicions.found(usual, NOW.date()) == ()
    assert suspicions.found(unusual, NOW.date()) == ("unusual",)


def test_a_place_that_is_not_in_the_region_is_refused() -> None:
    said = {**INDICATOR, "segment": {"sub-region": "stockholm"}}
    opened = contributions.open_message("indicator", headers(said, Indicator.TYPE), json.dumps(said).encode())
    assert opened.fault == contributions.Fault("unknown_place", "segment")


async def test_what_was_not_granted_or_comes_from_a_suspended_partner_is_refused(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await commands.change_partner(tx, "kemi", (), ("indicator",), "operator")
        await commands.suspend_partner(tx, "oulu", "operator")
    assert await desk.hear(PRACTICE) == await desk.hear(PRACTICE, partner="oulu") == "refused"
    assert [told["reason"] for _, _, told in await desk.told()] == ["not_granted", "not_active"]


async def test_a_flood_is_answered_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "CONTRIBUTIONS_A_DAY", 2)
    came = [await desk.hear({**PRACTICE, "key": f"k{number}"}) for number in range(5)]
    assert came == ["waiting", "waiting", "dropped", "dropped", "dropped"]
    assert [told["reason"] for _, _, told in await desk.told()] == ["too_many"]


async def test_taking_back_is_heard_above_the_number_of_the_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.hear(PRACTICE)
    monkeypatch.setattr(thresholds, "CONTRIBUTIONS_A_DAY", 0)
    assert await desk.take_back(2) == "withdrawn"


async def test_taking_back_counts_and_what_is_gone_is_not_heard_of_without_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.hear(PRACTICE)
    monkeypatch.setattr(thresholds, "CONTRIBUTIONS_A_DAY", 1)
    assert [await desk.take_back(revision) for revision in (2, 3, 4)] == ["withdrawn", "dropped", "dropped"]


@pytest.mark.parametrize("fault", ["not_valid", "not_granted", "not_active", "not_taken"])
@pytest.mark.parametrize("status", ["waiting", "accepted"])
async def test_a_newer_revision_that_is_refused_as_it_comes_takes_nothing_down(
    desk: Desk, fault: str, status: str
) -> None:
    await desk.hear(PRACTICE)
    if status == "accepted":
        await desk.accept()
    before, newer = await desk.known(), {**PRACTICE, "revision": 2}
    if fault == "not_taken":
        assert await desk.give_up(newer) == "refused"
    else:
        async with desk.database.transaction() as tx:
            if fault == "not_granted":
                await commands.change_partner(tx, "kemi", (), ("indicator",), "operator")
            elif fault == "not_active":
                await commands.suspend_partner(tx, "kemi", "operator")
        said = newer | ({"topic": "nothing"} if fault == "not_valid" else {})
        assert await desk.hear(said) == "refused"
    kind, _, answer = (await desk.told())[-1]
    assert (kind, answer["reason"], answer["sent_revision"]) == ("contribution_refused", fault, 2)
    after = await desk.known()
    assert before
    assert after
    assert (after.status, after.said, after.revision) == (status, before.said, 1)
    assert "practice_contribution_withdrawn" not in [kind for kind, _, _ in await desk.told()]


async def test_what_is_told_of_a_contribution_grows_whatever_was_refused_between(desk: Desk) -> None:
    await desk.hear(PRACTICE)
    await desk.accept()
    await desk.hear({**PRACTICE, "revision": 3, "topic": "nothing"})
    async with desk.database.transaction() as tx:
        await commands.refuse_contribution(tx, "kemi_practice_c1", 1, "Vanhentunut", "editor")
    assert await desk.hear({**PRACTICE, "revision": 2, "title": {"fi": "Uusi"}}) == "waiting"
    await desk.accept(2)
    await desk.take_back(3)
    answers = [body for kind, _, body in await desk.told() if kind.startswith("contribution_")]
    revisions = [body["revision"] for body in answers]
    assert [body["sent_revision"] for body in answers] == [1, 3, 1, 2, 3]
    assert revisions == sorted(set(revisions))


async def test_a_revision_that_is_not_newer_is_answered_and_a_mere_repetition_as_before(desk: Desk) -> None:
    await desk.hear({**PRACTICE, "revision": 2})
    assert await desk.hear({**PRACTICE, "revision": 2}) == "known"
    assert await desk.told() == []
    await desk.accept(2)
    accepted = (await desk.told())[-1]
    for revision in (1, 2):
        other = {**PRACTICE, "revision": revision, "title": {"fi": "Muuta"}}
        assert await desk.hear(other) == "refused"
        _, _, answer = (await desk.told())[-1]
        assert (answer["sent_revision"], answer["where"]) == (revision, "revision: not_newer")
        assert "higher revision" in answer["explanation"]["en"]
        assert answer["revision"] < accepted[2]["revision"]
    assert await desk.hear({**PRACTICE, "revision": 2}) == "known"
    assert (await desk.told())[-1] == accepted
    known = await desk.known()
    assert known
    assert known.status == "accepted"


async def test_what_has_the_highest_revision_can_still_be_taken_back(desk: Desk) -> None:
    await desk.hear({**PRACTICE, "revision": HIGHEST_REVISION})
    await desk.accept(HIGHEST_REVISION)
    accepted = (await desk.told())[-1][2]
    assert await desk.take_back(HIGHEST_REVISION) == "withdrawn"
    kind, _, answer = (await desk.told())[-1]
    assert (kind, answer["revision"] > accepted["revision"]) == ("contribution_withdrawn", True)
    assert await desk.take_back(HIGHEST_REVISION) == "known"


async def test_a_decision_on_another_revision_than_the_newest_is_refused(desk: Desk) -> None:
    await desk.hear(PRACTICE)
    await desk.hear({**PRACTICE, "revision": 2})
    with pytest.raises(Refused, match="another revision"):
        await desk.accept(1)


async def test_what_looked_suspicious_is_accepted_with_a_reason_only(desk: Desk) -> None:
    await desk.hear({**PRACTICE, "title": {"fi": "Katso www.esimerkki.example"}})
    with pytest.raises(Refused, match="suspicious"):
        await desk.accept()
    assert (await desk.accept(note="Luettu")).status == "accepted"


async def test_any_order_with_repeats_ends_in_one_state(desk: Desk) -> None:
    messages = [
        (PRACTICE, Practice.TYPE),
        ({**PRACTICE, "revision": 2, "topic": "nothing"}, Practice.TYPE),
        ({**PRACTICE, "revision": 3, "title": {"fi": "Uusi"}}, Practice.TYPE),
        (
            {name: PRACTICE[name] for name in ("key", "occurred_at")} | {"revision": 4},
            "latu.partner.practice_withdrawn.v1",
        ),
    ]
    for most in range(1, 5):
        ends = []
        for order in permutations(messages[:most]):
            async with desk.database.transaction() as tx:
                await tx.execute(tables.contributions.delete())
                await tx.execute(tables.contribution_counts.delete())
            for said, type_name in (*order, order[0]):
                await desk.hear(said, type_name=type_name)
            ends.append(await desk.known())
        assert all(end == ends[0] for end in ends)
