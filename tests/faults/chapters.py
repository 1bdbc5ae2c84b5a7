"""What is asked of the stack, chapter by chapter.

Orders of one chapter do not depend on each other, so they may come in any order; what the next chapter asks
follows from the state in which they all ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import yaml

from deploy.demo.generator import HERE, demo_answers
from tests.faults.ledger import Ledger, Order
from tests.faults.orders import desk, edit, erase, mark, of_library, schedule, story, take_back, turn_round
from tests.faults.play import DEMO, LIVE, Play

MEMBERS = ("A1", "B2", "C3")
SHORT = "lyhyt"
VISITED, POSTED, ADOPTED, TOLD = 10, 3, 4, 9
# Refusals that say that a release was made, by whomever.
RELEASED = frozenset({"too_soon", "too_many_looks"})

Chapter = Callable[[Play, Ledger], Awaitable[list[Order]]]


async def opening(play: Play, _: Ledger) -> list[Order]:
    """Client organisations, a file of answers, a round that takes answers and a planned one, stories, practices."""
    listed = yaml.safe_load((HERE / "organisations.yaml").read_text(encoding="utf-8"))["organisations"]
    mapping = yaml.safe_dump(play.document, allow_unicode=True).encode()
    files = {"file": ("demo.csv", demo_answers()), "mapping": ("demo.yaml", mapping)}
    stories = [story(play.seed, number) for number in range(TOLD)]
    return [
        Order("organisations", "coaching", "/admin/api/organisations", body={"json": listed}),
        Order(
            "import",
            "survey",
            "/admin/api/imports",
            body={"files": files},
            done=frozenset({"imported_before"}),
        ),
        _round(play, "round", LIVE, "open"),
        _round(play, "short round", SHORT, "planned"),
        *stories,
        *(of_library(letter, "POST") for letter in "ab"),
    ]


def _round(play: Play, key: str, code: str, status: str) -> Order:
    round_ = dict(play.document["round"]) | {
        "round": code,
        "questionnaire": "faults",
        "status": status,
        "tables": [[], ["sub-region"]],
        "opens_on": play.today,
        "closes_on": play.today + timedelta(days=60),
    }
    asked = dict(play.document["questionnaire"]) | {"code": "faults"}
    file = yaml.safe_dump({"round": round_, "questionnaire": asked}, allow_unicode=True)
    done = frozenset({"round_exists"})
    return Order(key, "survey", "/admin/api/rounds", body={"content": file.encode()}, done=done)


async def findings(play: Play, _: Ledger) -> list[Order]:
    """The file is released, a round opened; stories are decided on; organisations ask for their marks."""
    keys = [f"{number:032x}" for number in range(TOLD)]
    stories = [desk("stories", key, "publish", "story_decided") for n, key in enumerate(keys) if n % 3]
    stories += [desk("stories", key, "reject", "story_decided", {"reason": "test"}) for key in keys[::3]]
    marks = [
        Order(
            f"mark {member}", "survey", "/api/marks", body={"json": {"organisation": f"TYOPAIKKA-{member}"}}
        )
        for member in MEMBERS
    ]
    path = f"/admin/api/rounds/{DEMO}/releases"
    act = ("release", f"{DEMO}-1")
    release = Order("release", "survey", path, done=RELEASED, by_anybody=True, act=act)
    opened = turn_round(SHORT, "open", "round_not_planned")
    library = [of_library("a", "PUT", "In other words."), of_library("b", "DELETE")]
    return [release, opened, *stories, *marks, *library, *play.answers(1)]


async def visits(play: Play, ledger: Ledger) -> list[Order]:
    """Coaches agree on the best advice; editors approve drafts; a round closes; some answers are taken back."""
    listed = await ledger.look("coaching", "/admin/api/organisations")
    best = sorted((row["organisation"], row["top"]) for row in listed if row["top"])[:VISITED]
    made = []
    for organisation, practice in best:
        actions = [{"practice": practice, "who": "everybody", "by": play.today.isoformat()}]
        visit = {"visit": f"visit-{organisation}", "visited_on": play.today.isoformat(), "note": "Synthetic."}
        path = f"/admin/api/organisations/{organisation}/visits"
        body, act = {"json": {**visit, "actions": actions}}, ("visit_recorded", visit["visit"])
        made.append(Order(f"visit {organisation}", "coaching", path, body=body, act=act))
    drafts = sorted(post["post"] for post in await ledger.look("campaign", "/admin/api/posts?status=draft"))
    approved = [desk("posts", key, "approve", "post_not_a_draft") for key in drafts[:POSTED]]
    closed = turn_round(SHORT, "close", "round_not_open")
    return [*made, *approved, closed, *play.answers(2), *play.second_thoughts(1)]


async def outcomes(play: Play, ledger: Ledger) -> list[Order]:
    """What was agreed is measured; three organisations lend their coach their marks; a draft is edited."""
    measured = {"before": 4, "after": 7, "kept": True, "measured_on": play.today.isoformat()}
    orders = []
    for organisation, action in await _actions(ledger):
        path = f"/admin/api/actions/{action['action']}/outcome"
        key = f"outcome {organisation} {action['practice']}"
        done = frozenset({"has_outcome"})
        orders.append(Order(key, "coaching", path, body={"json": measured}, done=done))
    lent = [mark(member, number, _given(ledger, member)) for number, member in enumerate(MEMBERS, start=1)]
    drafts = sorted(
        await ledger.look("campaign", "/admin/api/posts?status=draft"), key=lambda one: one["post"]
    )
    edited = [edit(draft) for draft in drafts[:1]]
    answers = [*play.answers(3), *play.second_thoughts(2), *play.repeated(1)]
    return [*orders, *lent, *edited, *answers]


async def adoptions(play: Play, ledger: Ledger) -> list[Order]:
    """Experts adopt; organisations of the file are erased; one takes its mark back; a post is scheduled."""
    proposed = await ledger.look("model", "/admin/api/recommendations?status=proposed")
    chosen = sorted(proposed, key=lambda one: str(one["key"]))[:ADOPTED]
    adopted = [
        Order(
            f"adopt {one['key']}",
            "model",
            f"/admin/api/recommendations/{one['key']}/adopt",
            body={"json": {"revision": one["revision"]}},
            done=frozenset({"wrong_status", "changed_meanwhile"}),
            act=("adopt", one["key"]),
        )
        for one in chosen
    ]
    erased = [erase("organisation", f"SYNTEETTINEN-{number:03}") for number in (7, 70, 170)]
    approved = sorted(
        one["post"] for one in await ledger.look("campaign", "/admin/api/posts?status=approved")
    )
    scheduled = [schedule(key, play.today) for key in approved[:1]]
    returned = mark(MEMBERS[1], 2)
    return [*adopted, *erased, *scheduled, returned, *play.answers(4), *play.second_thoughts(3)]


async def version(play: Play, ledger: Ledger) -> list[Order]:
    """The model is published; the organisation lends its mark once more."""
    done = frozenset({"nothing_new"})
    again = mark(MEMBERS[1], 2, _given(ledger, MEMBERS[1]), again=True)
    return [Order("version", "model", "/admin/api/versions", done=done), again, *play.answers(5)]


async def posts(play: Play, ledger: Ledger) -> list[Order]:
    """Approved posts go out, the scheduled one is held; a story and an outcome are taken back."""
    approved = await ledger.look("campaign", "/admin/api/posts?status=approved")
    published = [
        desk("posts", one["post"], "publish", "post_not_approved")
        for one in sorted(approved, key=lambda one: str(one["post"]))
    ]
    removed = desk("stories", f"{1:032x}", "remove", "story_withdrawn", {"reason": "test"})
    # Of an outcome whose answer was lost nobody knows the name.
    named = {key: e.answer["outcome"] for key, e in ledger.entries.items() if "outcome" in (e.answer or {})}
    orders = [take_back(key, named[key]) for key in sorted(named)]
    withdrawn = [order for order in orders if ledger.may_ask(order)][:1]
    waiting = await ledger.look("campaign", "/admin/api/posts?status=scheduled")
    held = [desk("posts", one["post"], "hold", "post_not_live") for one in waiting]
    return [*published, *held, removed, *withdrawn, *play.answers(6)]


async def ending(play: Play, ledger: Ledger) -> list[Order]:
    """The live round is released; a post is withdrawn; with an odd seed the file is taken back whole."""
    path = f"/admin/api/rounds/{LIVE}/releases"
    act = ("release", f"{LIVE}-1")
    orders = [Order("live release", "survey", path, done=RELEASED, by_anybody=True, act=act)]
    out = await ledger.look("campaign", "/admin/api/posts?status=published")
    first = sorted(out, key=lambda one: str(one["post"]))[:1]
    orders += [desk("posts", one["post"], "withdraw", "post_withdrawn") for one in first]
    if play.seed % 2:
        imports = await ledger.look("survey", "/admin/api/imports")
        undone = erase("import", imports[0]["import_id"])
        orders.append(Order("undo import", undone.service, undone.path, body=undone.body, done=undone.done))
    return orders


WHOLE: tuple[Chapter, ...] = (opening, findings, visits, outcomes, adoptions, version, posts, ending)


def _given(ledger: Ledger, member: str) -> str:
    return str(ledger.entries[f"mark {member}"].answer["mark"])


async def _actions(ledger: Ledger) -> list[tuple[str, Any]]:
    found = []
    for key, entry in sorted(ledger.entries.items()):
        if key.startswith("visit ") and entry.state == "accepted":
            organisation = key.removeprefix("visit ")
            client = await ledger.look("coaching", f"/admin/api/organisations/{organisation}")
            found += [(organisation, action) for action in client["actions"]]
    return found
