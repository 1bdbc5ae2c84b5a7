"""The `latu` program against the running stack: results on standard output, one clear sentence when it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import nats
import pytest
import yaml

from deploy.demo.generator import demo_answers
from deploy.embedded.plan import ROOT
from shared.cli.settling import settle
from shared.events import StoryPublished
from tests.survey import acts
from tests.system.conftest import DemoStack

pytestmark = pytest.mark.system
PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'latu'; from shared.cli import main; main()"]
MAPPING = "deploy/demo/lapland_2026.yaml"


def latu(demo_stack: DemoStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LATU_HOME": str(demo_stack.stack.home), "COLUMNS": "200"}
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str], words: str) -> bool:
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return words in done.stderr


def test_a_trace_ends_at_released_figures_and_hashes(demo_stack: DemoStack) -> None:
    post = demo_stack.services.get("campaign", "/admin/api/posts")[0]["post"]
    done = latu(demo_stack, "trace", post)
    assert done.returncode == 0
    for word in ("question ", "estimate ", "interval ", "release 1", "answers "):
        assert word in done.stdout


def test_verify_agrees_and_says_so(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "verify", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["good"]


def test_an_explanation_has_its_steps(demo_stack: DemoStack) -> None:
    insight = demo_stack.services.get("survey", "/admin/api/rounds/lappi-2026/insights")[0]["insight"]
    done = latu(demo_stack, "explain", insight, "--json")
    steps = {step["step"]: step for step in json.loads(done.stdout)["steps"]}
    assert steps["tallies"]["rows"]
    assert {
        "question",
        "answers",
        "weights",
        "estimate",
        "errors",
        "interval",
        "rule",
        "looks",
    } <= steps.keys()
    assert steps["history"]["rows"]
    for language, title in (("fi", "1. Kysymys"), ("en", "1. Question"), ("sv", "1. Fråga")):
        assert title in latu(demo_stack, "explain", insight, "--language", language).stdout


def test_a_rule_that_did_not_fire_says_why(demo_stack: DemoStack) -> None:
    only = ("--only", "question=trust", "--only", "rule=need", "--only", "segment=region")
    done = latu(demo_stack, "explain", "lappi-2026", "--why", *only, "--json")
    (need,) = json.loads(done.stdout)
    assert need["reasons"] == ["not_found"]
    assert (
        "luku ei yllä säännön rajaan"
        in latu(demo_stack, "explain", "lappi-2026", "--why", *only, "--language", "fi").stdout
    )


def test_what_cannot_be_explained_is_said_in_a_sentence(demo_stack: DemoStack) -> None:
    assert refused(latu(demo_stack, "explain", "nothing"), "There is no such insight")
    assert refused(latu(demo_stack, "explain", "nothing", "--why"), "no such round")
    assert refused(
        latu(demo_stack, "explain", "lappi-2026", "--why", "--only", "colour=red"), "--only takes one of"
    )
    assert refused(
        latu(demo_stack, "explain", "nothing", "--language", "de"), "Choose one of these languages"
    )


def test_estimates_name_the_only_round_by_themselves(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "estimates", "--json")
    assert json.loads(done.stdout)["round"] == "lappi-2026"
    assert len(json.loads(done.stdout)["estimates"]) > 20


def test_an_item_is_tested_by_a_dimension(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "estimates", "--item", "wellbeing_energy", "--test-by", "industry", "--json")
    tested = json.loads(done.stdout)
    assert 0 <= tested["p"] <= 1
    assert tested["organisations"] > 100
    told = latu(demo_stack, "estimates", "--item", "wellbeing_energy", "--test-by", "industry")
    assert f"p = {tested['p']:.4g}" in told.stdout
    assert refused(latu(demo_stack, "estimates", "--test-by", "industry"), "Name with --item")
    assert refused(
        latu(demo_stack, "estimates", "--item", "informed", "--test-by", "colour"), "no such dimension"
    )


def test_an_unknown_thing_has_no_trace(demo_stack: DemoStack) -> None:
    assert refused(latu(demo_stack, "trace", "nothing"), "No service knows a thing with this key.")


def test_a_file_that_is_not_there_cannot_be_imported(demo_stack: DemoStack) -> None:
    assert refused(latu(demo_stack, "import", "nothing.csv", "--mapping", MAPPING), "cannot be read")


def test_a_mapping_to_a_missing_column_names_it_and_the_nearest(
    demo_stack: DemoStack, tmp_path: Path
) -> None:
    mapping = (
        (ROOT / MAPPING).read_text().replace("lappi-2026", "other").replace("columns:\n", "columns:\n", 1)
    )
    (tmp_path / "answers.csv").write_bytes(demo_answers().replace(b"municipality", b"municipalty", 1))
    (tmp_path / "mapping.yaml").write_text(mapping)
    done = latu(
        demo_stack, "import", str(tmp_path / "answers.csv"), "--mapping", str(tmp_path / "mapping.yaml")
    )
    assert refused(done, "municipality")
    rounds = [row["round"]["round"] for row in demo_stack.services.get("survey", "/admin/api/rounds")]
    assert rounds == ["lappi-2026"]


def test_a_frame_is_shown_and_another_is_tried_from_a_file(demo_stack: DemoStack, tmp_path: Path) -> None:
    assert "2,000 in all" in latu(demo_stack, "frame", "lappi-2026").stdout
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("size;lukumäärä\n1-9;1 250\n10-49;540\n50-249;165\n250plus;45\n", encoding="utf-8")
    tried = latu(demo_stack, "frame", "lappi-2026", str(sizes), "--dry-run")
    assert "Only tried: nothing was kept." in tried.stdout
    assert json.loads(latu(demo_stack, "frame", "lappi-2026", "--json").stdout)["frame"]["sources"] == []
    sizes.write_text("size;lukumäärä\n1-9;-1 250\n10-49;540\n", encoding="utf-8")
    assert refused(latu(demo_stack, "frame", "lappi-2026", str(sizes)), "counts less than nobody in row 2")
    assert refused(latu(demo_stack, "frame", "lappi-2026", "nothing.csv"), "cannot be read")


def test_an_import_sends_the_files_that_its_frame_names(demo_stack: DemoStack, tmp_path: Path) -> None:
    document = yaml.safe_load((ROOT / MAPPING).read_text(encoding="utf-8"))
    written = document["round"]["frame"].pop("dimensions")
    document["round"]["frame"]["files"] = [{"file": f"{d['code']}.csv"} for d in written]
    document["round"]["round"] = "from-files"
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    (tmp_path / "answers.csv").write_bytes(demo_answers())
    order = (
        "import",
        str(tmp_path / "answers.csv"),
        "--mapping",
        str(tmp_path / "mapping.yaml"),
        "--dry-run",
    )
    assert refused(latu(demo_stack, *order), "sub-region.csv cannot be read")
    for dimension in written:
        rows = [f"{category['code']},{category['count']}" for category in dimension["categories"]]
        (tmp_path / f"{dimension['code']}.csv").write_text("\n".join([f"{dimension['code']},count", *rows]))
    done = latu(demo_stack, *order, "--json")
    assert json.loads(done.stdout)["kept"] == 900


def test_a_service_is_rebuilt_from_the_streams(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "rebuild", "coaching", "--json")
    assert done.returncode == 0
    rebuilt = json.loads(done.stdout)
    assert rebuilt["events"] > 20
    assert rebuilt["tables"]["insights"]["put_right"] == 0


def test_a_replay_is_counted_before_it_is_run(demo_stack: DemoStack) -> None:
    tried = latu(demo_stack, "replay", "campaign", "--from", "1", "--dry-run", "--json")
    events = json.loads(tried.stdout)["PUBLIC"]["events"]
    assert events["InsightReleased"] > 0
    assert set(events) <= {
        "InsightReleased",
        "InsightRetracted",
        "ModelVersionPublished",
        "PracticePublished",
    }
    run = latu(demo_stack, "replay", "campaign", "--from", "2020-01-01")
    assert f"{events['InsightReleased']} InsightReleased handled again" in run.stdout


def test_what_a_broker_lost_is_published_again(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "outbox", "republish", "model", "--json")
    assert json.loads(done.stdout)["model"]["events"] > 0


async def send_poison(demo_stack: DemoStack, *keys: str) -> None:
    """Messages that are no stories, as a faulty publisher could send them."""
    client = await nats.connect(demo_stack.stack.nats_url)
    for key in keys:
        headers = {"ce-id": f"poison-{key}", "ce-type": StoryPublished.type_name()}
        await client.jetstream().publish(f"{StoryPublished.subject_root()}.{key}", b"{}", headers=headers)
    await client.close()
    settle(demo_stack.services)


async def test_dead_letters_are_listed_read_tried_again_and_given_up(demo_stack: DemoStack) -> None:
    await send_poison(demo_stack, "a", "b")
    (group,) = json.loads(latu(demo_stack, "dead-letters", "list", "--json").stdout)["survey"]["groups"]
    assert (group["letters"], group["reason"].startswith("not valid")) == (2, True)
    listed = latu(demo_stack, "dead-letters", "list", "survey", "--group", group["fingerprint"])
    assert "poison-a" in listed.stdout
    shown = latu(demo_stack, "dead-letters", "show", "survey", "poison-a")
    assert "ce-id: poison-a" in shown.stdout
    again = latu(demo_stack, "dead-letters", "redrive", "survey", "--all", "--json")
    assert (again.returncode, len(json.loads(again.stdout)["failed"])) == (1, 2)
    chosen = ("--group", group["fingerprint"], "--reason", "a test")
    assert "2 given up" in latu(demo_stack, "dead-letters", "discard", "survey", *chosen).stdout
    assert "No dead letter waits." in latu(demo_stack, "dead-letters", "list").stdout


def test_erasing_needs_exactly_one_kind(demo_stack: DemoStack) -> None:
    assert refused(latu(demo_stack, "erase"), "exactly one of")
    assert refused(latu(demo_stack, "erase", "--receipt", "a", "--organisation", "b"), "exactly one of")


def test_an_unknown_receipt_erases_nothing(demo_stack: DemoStack) -> None:
    assert latu(demo_stack, "erase", "--receipt", "AAAA-BBBB-CCCC").returncode == 2


def test_a_new_account_can_sign_in(demo_stack: DemoStack) -> None:
    done = latu(demo_stack, "account", "coach", "--role", "coach", "--password", "long enough")
    assert done.returncode == 0
    form = {"name": "coach", "password": "long enough"}
    answer = httpx.post(f"{demo_stack.stack.urls['coaching']}/admin/sign-in", data=form)
    assert answer.status_code == 303


def test_a_short_password_and_an_unknown_role_are_refused(demo_stack: DemoStack) -> None:
    short = latu(demo_stack, "account", "coach", "--role", "coach", "--password", "short")
    assert refused(short, "at least 10 characters")
    unknown = latu(demo_stack, "account", "coach", "--role", "king", "--password", "long enough")
    assert refused(unknown, "no role king")


def test_erasing_an_organisation_waits_for_the_next_safe_release(demo_stack: DemoStack) -> None:
    header, first, *_ = demo_answers().decode("utf-8-sig").splitlines()
    code = dict(zip(header.split(";"), first.split(";"), strict=False))["organisation"]
    before = demo_stack.services.get("survey", "/admin/api/rounds/lappi-2026/insights")
    done = latu(demo_stack, "erase", "--organisation", code)
    assert "next safe release" in done.stdout
    assert demo_stack.services.get("survey", "/admin/api/rounds/lappi-2026/insights") == before


def test_a_corrected_frame_is_judged_anew_at_once(demo_stack: DemoStack, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(json.dumps(acts.MAPPING), encoding="utf-8")
    rows = [
        f"{('Inari', 'Rovaniemi')[n % 2]},{('1-9', '10-49')[n // 2 % 2]},{n % 5 + 1},," for n in range(60)
    ]
    (tmp_path / "answers.csv").write_bytes(acts.csv_file(*rows))
    order = ("import", str(tmp_path / "answers.csv"), "--mapping", str(tmp_path / "mapping.yaml"))
    assert "Release 1 stands" in latu(demo_stack, *order).stdout
    sizes = tmp_path / "sizes.csv"
    sizes.write_text("size,count\n1-9,40\n10-49,60\n", encoding="utf-8")
    done = latu(demo_stack, "frame", "imported", str(sizes))
    assert "Corrected; judged anew in release imported-2." in done.stdout
    assert json.loads(latu(demo_stack, "verify", "--json").stdout)["good"]


def test_an_event_is_followed_through_the_logs_of_all_services(demo_stack: DemoStack) -> None:
    lines = [json.loads(line) for line in latu(demo_stack, "logs", "--json").stdout.splitlines()]
    events = [line for line in lines if line.get("event_id") and line["service"] == "model"]
    done = latu(demo_stack, "logs", "--follow", events[0]["event_id"])
    assert done.returncode == 0
    assert {" coaching ", " model ", " campaign "} <= {
        f" {line.split()[1]} " for line in done.stdout.splitlines()
    }
    assert refused(latu(demo_stack, "logs", "--follow", "nothing"), "No line speaks of this id")
