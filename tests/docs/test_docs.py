"""The pages say what there is, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from shared.cli import EPILOG
from tests.docs import pages

OPERATING = (pages.ROOT / "docs/operating.md").read_text(encoding="utf-8")


def test_the_readme_has_a_row_for_every_event_as_it_is() -> None:
    table = pages.table_of_events()
    assert [row[:-1] for row in table] == pages.events()
    assert all(len(row[-1]) > 10 for row in table)


def test_every_command_is_in_the_readme_and_every_command_there_exists() -> None:
    rows = re.findall(r"^\| `latu ([a-z-]+)` \|", (pages.ROOT / "README.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(pages.commands())


def test_every_verb_of_a_command_is_in_its_row_of_the_readme() -> None:
    rows = dict(
        re.findall(r"^\| `latu ([a-z-]+)` \| (.+) \|$", (pages.ROOT / "README.md").read_text(), re.MULTILINE)
    )
    missing = {
        name: [verb for verb in verbs if f"`{verb}`" not in rows[name]]
        for name, verbs in pages.verbs().items()
    }
    assert {name: verbs for name, verbs in missing.items() if verbs} == {}


def test_no_page_names_a_verb_that_its_command_has_not() -> None:
    known = pages.verbs()
    named = {tuple(word.split()[1:3]) for word in pages.words() if re.match(r"latu [a-z-]+ [a-z]", word)}
    wrong = {pair for pair in named if pair[0] in known and pair[1] not in known[pair[0]]}
    assert wrong == set()


def test_no_page_names_a_command_that_does_not_exist() -> None:
    named = {word.split()[1] for word in pages.words() if re.match(r"latu [a-z]", word)}
    assert named <= pages.commands()


def test_every_order_on_a_page_is_one_that_the_program_takes() -> None:
    found = pages.orders()
    assert len(found) > 50
    assert {order: pages.not_taken(order) for order in found if pages.not_taken(order)} == {}


def test_an_order_that_the_program_does_not_take_is_found() -> None:
    (order,) = pages.ORDER.findall("docker compose run --rm latu logs --folow ID --level=error | cat")
    assert pages.not_taken(order) == ["--folow"]
    assert pages.not_taken("partner ad Kemi") == ["ad"]
    assert pages.not_taken("fly") == ["fly"]


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    rows = re.findall(r"^\| `(LATU_\w+)` \|", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(pages.settings())
    assert {word for word in pages.words() if pages.SETTING.fullmatch(word)} <= pages.settings()


def test_opentelemetrys_settings_are_documented_where_they_are_read_and_only_those() -> None:
    rows = re.findall(r"^\| `(OTEL_\w+)` \|", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(pages.settings_of_opentelemetry())


def test_every_metric_is_documented_and_every_documented_one_is_counted() -> None:
    rows = re.findall(r"^\| `(latu_\w+)` \|", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(pages.metrics())
    assert {word for word in pages.words() if re.fullmatch(r"latu_\w+", word)} <= pages.metrics()


def test_what_is_worked_out_of_metrics_is_documented_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| `(latu:\S+)` \|", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(pages.recorded())
    assert {name for word in pages.words() for name in pages.RECORDED.findall(word)} <= pages.recorded()


def test_exit_codes_are_those_that_the_program_tells() -> None:
    told = re.findall(r"\b(\d+)\s", EPILOG.split("Exit codes:")[1])
    assert re.findall(r"^\| (\d+) \|", OPERATING, re.MULTILINE) == told


def test_every_link_leads_somewhere() -> None:
    dead = [
        f"{page.relative_to(pages.ROOT)}: {target}"
        for page in pages.pages()
        for target in pages.places(page)
        if pages.is_dead(page, target)
    ]
    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [pages.ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in pages.places(page)]
    assert set(pages.pages()) <= reached


def test_every_file_that_a_page_names_is_there() -> None:
    tops = ("services/", "shared/", "deploy/", "tests/", "docs/", "examples/")
    named = {word for word in pages.words() if word.startswith(tops) and not set(word) & set("<*… ")}
    assert len(named) > 20
    assert sorted(name for name in named if not (pages.ROOT / name).exists()) == []


DECISIONS = sorted(page for page in (pages.ROOT / "docs/decisions").glob("*.md") if page.name != "README.md")


def test_every_decision_says_when_to_look_at_it_again() -> None:
    assert [page.name for page in DECISIONS if "**Revisit when**" not in page.read_text()] == []


def test_every_decision_is_listed_once_by_its_title_and_in_order() -> None:
    titles = [page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in DECISIONS]
    listed = re.findall(
        r"^- \[(.+)\]\((\S+)\)$",
        (pages.ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert listed == [(title, page.name) for title, page in zip(titles, DECISIONS, strict=True)]


def test_a_name_in_a_block_of_code_documents_nothing() -> None:
    assert pages.ticked("see `one`\n```sh\nuse `two`\n```\n") == {"one"}
