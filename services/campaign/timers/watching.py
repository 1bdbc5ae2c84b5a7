"""What is measured of each partner, every few seconds: how far behind it is, what fails, what was decided."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nats.errors import Error as NatsError
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.campaign import access, commands
from services.campaign.commands import PartnerCounts
from shared import progress
from shared.db import Database
from shared.progress import Place, Progress
from shared.settings import Settings
from shared.streams import connect
from shared.vicinity import run_certificate

log = logging.getLogger(__name__)

EVERY_SECONDS = 15.0


@dataclass(eq=False)
class PartnerMetrics(Collector):
    """The last that was found; its partners are those that are registered and not removed."""

    found: PartnerCounts | None = None
    durables: Mapping[Place, Progress] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        """The metrics; none before the first look."""
        if self.found is None:
            return
        for name, gauge in _of_durables().items():
            for (stream, partner), one in self.durables.items():
                gauge.add_metric([partner, stream], getattr(one, name))
            yield gauge
        for name, gauge in _of_counts().items():
            for (partner, status), number in getattr(self.found, name).items():
                gauge.add_metric([partner, status], number)
            yield gauge


def _of_durables() -> dict[str, GaugeMetricFamily]:
    labels = ["partner", "stream"]
    return {
        "waiting": GaugeMetricFamily(
            "latu_partner_events_waiting",
            "Events that a partner's durable did not deliver yet.",
            labels=labels,
        ),
        "unacknowledged": GaugeMetricFamily(
            "latu_partner_events_unacknowledged",
            "Events out with a partner, not acknowledged.",
            labels=labels,
        ),
        "delivered": GaugeMetricFamily(
            "latu_partner_events_delivered", "Deliveries to a partner, repetitions too.", labels=labels
        ),
        "pulls": GaugeMetricFamily(
            "latu_partner_events_pulls",
            "Requests of a partner that wait now; above 0 it reads.",
            labels=labels,
        ),
    }


def _of_counts() -> dict[str, GaugeMetricFamily]:
    labels = ["partner", "status"]
    return {
        "webhook_events_behind": GaugeMetricFamily(
            "latu_partner_webhook_events_behind", "Events that webhooks were not sent yet.", labels=labels
        ),
        "webhook_deliveries": GaugeMetricFamily(
            "latu_partner_webhook_deliveries", "Lines in the log of a partner's webhooks.", labels=labels
        ),
        "webhooks": GaugeMetricFamily("latu_partner_webhooks", "A partner's webhooks.", labels=labels),
        "contributions": GaugeMetricFamily(
            "latu_partner_contributions", "What a partner sent, by what was decided.", labels=labels
        ),
    }


METRICS = PartnerMetrics()
REGISTRY.register(METRICS)


async def watch_partners_door(_: Database, settings: Settings) -> None:
    """Look for ever at the certificate that partners get by WebSocket."""
    await run_certificate(settings.partner_websocket_url, at="partners")


async def watch_partners(database: Database, settings: Settings) -> None:
    """Look for ever; what is away is told by what was found last."""
    client = await connect(settings.broker_url, "latu-partner-metrics")
    try:
        while True:
            try:
                async with database.transaction() as tx:
                    METRICS.found = await commands.count_partners(tx)
                places = [one for mine in access.durables(METRICS.found.partners).values() for one in mine]
                METRICS.durables = await progress.of_durables(client.jetstream(), places)
            except asyncio.CancelledError:
                raise
            except (NatsError, TimeoutError) as error:
                log.warning("the broker does not say how far partners are: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - the database is away: looked at again
                log.warning("partners are not counted: %s", type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        await client.close()
