"""The outer application of a service: lifespan, health, metrics, errors, transactions."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from nats.aio.client import Client

from shared import backbone_api, backbone_pages, health, problems, retention, status_pages, tracing
from shared.auth import ensure_first_account
from shared.broker_metrics import run_broker_metrics
from shared.connections import LOOK_SECONDS
from shared.consuming import FINISH_SECONDS
from shared.db import Database, Transaction
from shared.dead_letters import api, pages
from shared.event_loop import run_watch_of_loop
from shared.events import Text
from shared.findings import Findings, of_replicas
from shared.following import Follower, run_follower
from shared.gauges import Counted, Gauges, begin_at_nought, run_gauges
from shared.given_up import ensure_consumer, run_given_up
from shared.messaging import Handlers, make_broker, subscribe
from shared.migrations import upgrade
from shared.observability import log_as_json
from shared.outbox import run_relay
from shared.passed_over import run_look_back
from shared.rebuild import NOTHING_DERIVED, Derived
from shared.requests import Tx, render
from shared.samples import run_samples
from shared.settings import Settings
from shared.span_export import exporting
from shared.streams import Keeping, connect, ensure_streams, insist
from shared.timers import Timer, run_timer
from shared.vicinity import run_certificate
from shared.watching import run_watch
from shared.web import sign_in
from shared.web.pages import Pages

__all__ = ["Service", "Tx", "make_app", "render", "serve"]

log = logging.getLogger(__name__)

Task = asyncio.Task[None]

# So long a process that is told to end lets requests go on.
# What is asked when a process is told to end has so long.
LEAVING_SECONDS = 5
AGAIN_SECONDS = 5.0

STATIC = Path(__file__).parent / "web" / "static"


@dataclass(frozen=True)
class Service:
    """What one service is made of.

    `folder` holds its templates and locale; `startup` are commands that run once at start; `work_waiting`
    count what a handler left for a timer to do, so that one can tell when all has come to rest. `timers_with`
    gives the timers that need to know the settings. `derived` lists what follows from other services' events
    and can be rebuilt from the streams. `followers` keep
    streams as they are, in their order. `tasks` run beside it all, for ever. `counted` are the things that
    metrics count, by kind. `findings` are those that this service tells itself.
    """

    name: str
    title: Text
    folder: Path
    events: Handlers
    routers: Sequence[APIRouter]
    timers: Sequence[Timer] = ()
    timers_with: Callable[[Settings], Sequence[Timer]] = lambda _: ()
    startup: Sequence[Callable[[Transaction], Awaitable[object]]] = ()
    work_waiting: Sequence[Callable[[Transaction], Awaitable[int]]] = ()
    derived: Derived = NOTHING_DERIVED
    followers: Sequence[Follower] = ()
    tasks: Sequence[Callable[[Database, Settings], Coroutine[Any, Any, None]]] = ()
    counted: Mapping[str, Counted] = field(default_factory=dict)
    findings: Findings | None = None

    @property
    def known_findings(self) -> Findings | None:
        """The findings that it tells, or else those that it was told; None where it has none."""
        return of_replicas(self.derived.replicas) if self.findings is None else self.findings


def make_app(service: Service, settings: Settings | None = None) -> FastAPI:
    """Wire a service; nothing connects before its lifespan starts."""
    settings = settings or Settings()
    app = FastAPI(
        title=f"Latu: {service.title.en}",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        # FastAPI's own spans would tell addresses and queries, and its log records the texts of exceptions.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    app.state.settings = settings
    # Called when the process is told to end, before requests are waited for: answers without an end, end.
    app.state.at_end = []
    app.state.pages = Pages(service.name, service.title, service.folder, settings)
    app.state.database = Database(
        settings.database(settings.database_url), connections=settings.database_connections
    )
    app.state.staff_database = Database(
        settings.database(settings.staff_database_url),
        connections=2,
        statement_seconds=LOOK_SECONDS,
        name="staff",
    )
    app.state.broker = make_broker(settings.broker_url, service.name)
    subscribe(app.state.broker, service.events, app.state.database, _keeping(settings))
    problems.install(app)
    backbone = (backbone_pages.router, backbone_api.router, pages.router, api.router, status_pages.router)
    for router in (health.router, sign_in.router, *backbone, *service.routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with exporting(app.state.service.name), _working(app):
        yield


@asynccontextmanager
async def _working(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    database: Database = app.state.database
    client = await connect(app.state.settings.broker_url, f"latu-{service.name}-relay")
    finishing, work = list[Task](), list[Task]()
    try:
        for command in service.startup:
            with tracing.span(f"start {service.name}"):
                async with database.transaction() as tx:
                    await command(tx)
        await app.state.broker.start()
        await insist(partial(ensure_consumer, client.jetstream(), service.events))
        finishing, work = await _begin(app, client)
        app.state.ready = True
        log.info("%s is ready", service.name)
        yield
    finally:
        app.state.ready = False
        # Consumers stop first and finish what they hold; then the relay, which may still publish it.
        await app.state.broker.stop()
        database.leave()
        await _finish(finishing)
        for task in (*finishing, *work):
            task.cancel()
        await _finish((*finishing, *work))
        await client.close()
        await database.close()
        await app.state.staff_database.close()


async def _finish(tasks: Sequence[Task]) -> None:
    if tasks:  # there are none where the start failed
        await asyncio.wait(tasks, timeout=FINISH_SECONDS)


async def _begin(app: FastAPI, client: Client) -> tuple[list[Task], list[Task]]:
    """Begin all that works by itself: what finishes what it has in hand at the end, and what just ends."""
    service: Service = app.state.service
    database: Database = app.state.database
    settings: Settings = app.state.settings
    databases = (database, app.state.staff_database)
    timers = (*service.timers, *service.timers_with(settings), *retention.timers(settings))
    begin_at_nought(service.name, service.events.durables(), [timer.name for timer in timers])
    finishing = [
        run_relay(database, client, service.name, _keeping(settings)),
        *(run_timer(database, timer) for timer in timers),
    ]
    work: list[Callable[[], Coroutine[Any, Any, None]]] = [
        partial(run_given_up, database, client, service.events),
        partial(run_look_back, database, client, service.events),
        partial(run_gauges, database, client.jetstream(), _gauges(service, databases, settings)),
        partial(run_certificate, getattr(settings, f"{service.name}_url", "")),
        run_watch_of_loop,
        run_samples,
        partial(run_broker_metrics, settings.nats_monitor_url),
        *(partial(run_watch, each) for each in (client, await app.state.broker.connect())),
        *(partial(run_follower, database, client, each) for each in service.followers),
        *(partial(task, database, settings) for task in service.tasks),
    ]
    return [asyncio.create_task(one) for one in finishing], [
        asyncio.create_task(keep_up(one)) for one in work
    ]


async def keep_up(begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Let something work until it says that it is done; what nobody foresaw only interrupts it."""
    while True:
        try:
            return await begin()
        except Exception:
            log.exception("what works beside the requests has failed and begins again")
        await asyncio.sleep(AGAIN_SECONDS)


def _gauges(service: Service, databases: Sequence[Database], settings: Settings) -> Gauges:
    return Gauges(
        service.events.durables(),
        databases,
        service.counted,
        service.work_waiting,
        service.known_findings,
        settings.home,
    )


def serve(service: Service) -> None:
    """Bring databases and streams up to date, then serve until told to stop.

    Raises:
        SystemExit: the settings do not go together, or the secret cannot be read; nothing was touched.
    """
    settings = Settings()
    log_as_json(service.name, settings.log_level)
    _check_secret(settings)
    retention.check_days(settings)
    # The server raises the signal that ended it once more when all is finished: that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    asyncio.run(_prepare(settings, service.name))
    config = uvicorn.Config(
        make_app(service, settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LEAVING_SECONDS,
    )
    server = Server(config)
    server.run()
    if not server.started:
        sys.exit(3)  # as uvicorn.run does


class Server(uvicorn.Server):
    """A server that first lets go of who listens without end."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End."""
        for end in self.config.app.state.at_end:  # type: ignore[union-attr]
            end()
        await super().shutdown(sockets)


def _check_secret(settings: Settings) -> None:
    try:
        settings.key_for("check")
    except OSError as error:
        raise SystemExit(f"The secret in LATU_SECRET_FILE cannot be read: {error.strerror}.") from error


def _keeping(settings: Settings) -> Keeping:
    return Keeping(settings.stream_replicas, settings.stream_days)


async def _prepare(settings: Settings, name: str) -> None:
    staff_database = settings.database(settings.staff_database_url)
    await upgrade(settings.database(settings.database_url), name)
    await upgrade(staff_database, "staff")
    await ensure_streams(settings.broker_url, _keeping(settings))
    if settings.first_password_file is not None:
        database = Database(staff_database, connections=1)
        await ensure_first_account(database, settings.first_password_file)
        await database.close()
