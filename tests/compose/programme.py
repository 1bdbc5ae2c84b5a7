"""What is tried with the containers: they are what the file promises, the loop runs, and kills lose nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from tests.compose.answering import Answering, answer
from tests.compose.trial import ALL, FOUNDATIONS, SERVICES, Failed, Trial

Say = Callable[[str], None]
PAUSE_SECONDS = 1.0
# Shown to no process: no rights beyond its user's, none to be had, and nothing to be written but /tmp.
PROMISES = """\
told=$(grep -E '^(CapEff|NoNewPrivs):' /proc/self/status | tr -d '[:space:]')
[ "$told" = CapEff:0000000000000000NoNewPrivs:1 ] || { echo "rights: $told"; exit 1; }
[ "$(id -u)" != 0 ] || { echo root; exit 1; }
if touch /trial 2> /dev/null || touch /opt/trial 2> /dev/null; then echo "a writable root"; exit 1; fi
touch /tmp/trial && rm /tmp/trial
"""


@dataclass
class Report:
    """What came of it; `recovered` counts the kills after which a container was well again by itself."""

    containers: int = 0
    kills: int = 0
    recovered: int = 0
    slowest_recovery: float = 0.0
    accepted: int = 0
    lost: int = 0
    exit_codes: dict[str, int] = field(default_factory=dict)
    loop: dict[str, Any] = field(default_factory=dict)
    dead_letters: int = 0
    image_mb: int = 0
    base_mb: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether all of it is as it must be."""
        went = all(
            self.loop.get(what) for what in ("insights", "playbooks", "recommendations", "themes", "posts")
        )
        ended = not any(self.exit_codes.values()) and len(self.exit_codes) == len(ALL)
        kept = self.accepted > 0 and self.lost == 0 and self.dead_letters == 0
        return bool(went and ended and kept and 0 < self.kills == self.recovered)

    def as_line(self) -> dict[str, Any]:
        """The report as one flat object."""
        told = asdict(self)
        loop = told.pop("loop")
        return {**told, **{name: value for name, value in loop.items() if name not in told}}


def run(trial: Trial, report: Report, rounds: int, say: Say) -> None:
    """Start everything, run the loop, kill each container so many times, stop and start again.

    Raises:
        Failed: something does not go as it must.
    """
    start(trial, say)
    report.containers = len(ALL)
    check_promises(trial)
    say("each container has no rights, no root and nothing to write but what it was given")
    trial.compose("--profile", "tools", "run", "--rm", "-T", "-w", "/usr", "latu", "status")
    say("the command line is found from another folder")
    report.loop = trial.latu("demo", "--once")
    say(f"the loop: {report.loop}")
    with Answering(trial.url("survey")) as answering:
        for _ in range(rounds):
            for service in ALL:
                kill(trial, service, report, say)
    report.accepted = len(answering.accepted)
    say(
        f"{report.accepted} answers were accepted meanwhile; {answering.failures} requests had to be sent again"
    )
    check_kept(trial, answering, report, say)
    stop(trial, report, say)
    for service in ALL:  # Podman's program starts only some of several
        trial.compose("start", service)
    say(f"all well {trial.wait(ALL):.1f} s after they were started again")
    check_kept(trial, answering, report, say)


def start(trial: Trial, say: Say) -> None:
    """Start the servers, then the services."""
    trial.compose("up", "--detach", "--no-build", *FOUNDATIONS)
    say(f"PostgreSQL and NATS are well after {trial.wait(FOUNDATIONS):.1f} s")
    trial.compose("up", "--detach", "--no-build", *SERVICES)
    say(f"the services are well after {trial.wait(SERVICES):.1f} s")


def check_promises(trial: Trial) -> None:
    """See from inside that each container is as hardened as the file says.

    Raises:
        Failed: one is not.
    """
    for service in ALL:
        told = trial.engine.run("exec", trial.container(service), "sh", "-c", PROMISES, check=False)
        if told.returncode:
            raise Failed(
                f"{service} is not what the file promises: {told.stdout.strip()} {told.stderr.strip()}"
            )


def kill(trial: Trial, service: str, report: Report, say: Say) -> None:
    """Kill what runs in a container from outside, and wait until it is well again by itself.

    Raises:
        Failed: it does not come back.
    """
    container = trial.container(service)
    before = trial.engine.pid(container)
    if not before:
        raise Failed(f"{service} does not run")
    os.kill(before, signal.SIGKILL)
    report.kills += 1
    took = trial.wait((service,), lambda _: trial.engine.pid(container) not in (0, before))
    report.recovered += 1
    report.slowest_recovery = max(report.slowest_recovery, round(took, 1))
    say(f"{service} was killed and is well again after {took:.1f} s")
    time.sleep(PAUSE_SECONDS)


def check_kept(trial: Trial, answering: Answering, report: Report, say: Say) -> None:
    """See that every accepted answer is known under its key, that releases can be worked out again, and all flows.

    Raises:
        Failed: a release does not come out the same.
    """
    with httpx.Client(timeout=30) as client:
        url = trial.url("survey")
        lost = [
            key
            for number, key in enumerate(answering.accepted, 1)
            if not _is_known(client, url, answering, key, number)
        ]
    report.lost = len(lost)
    verified = trial.latu("verify", "--json")
    if not verified["good"]:
        raise Failed("a release does not come out the same from the answers")
    letters = trial.latu("dead-letters", "list", "--json")
    report.dead_letters = sum(group["letters"] for told in letters.values() for group in told["groups"])
    say(
        f"{report.accepted - report.lost} of {report.accepted} accepted answers are there, dead letters: {report.dead_letters}"
    )


def _is_known(client: httpx.Client, url: str, answering: Answering, key: str, number: int) -> bool:
    told = client.post(
        f"{url}/api/rounds/lappi-2026/answers", json=answer(number), headers={"Idempotency-Key": key}
    )
    # 200 is the receipt of an answer that is there already; 201 would be one that was taken only now.
    return told.status_code == 200 and told.json()["receipt"] == answering.accepted[key]


def stop(trial: Trial, report: Report, say: Say) -> None:
    """Stop all in order and read how each ended."""
    began = time.monotonic()
    trial.compose("stop", *SERVICES)
    trial.compose("stop", *FOUNDATIONS)
    report.exit_codes = {service: trial.engine.exit_code(trial.container(service)) for service in ALL}
    say(f"stopped in {time.monotonic() - began:.1f} s; exit codes {report.exit_codes}")
