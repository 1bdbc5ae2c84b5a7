"""One dashboard for each service, all of one kind."""

from __future__ import annotations

from deploy.dashboards.panels import Dashboard, Panel, Query, increase, panel, quantile, rate, share_of

SERVICES = ("survey", "coaching", "model", "campaign")
OF_MACHINES = 'route!~"/metrics|/health/.*"'


def service_dashboard(service: str) -> Dashboard:
    """What one service does, how long it takes, and what it is short of."""
    mine = f'service="{service}"'
    panels = (*_requests(mine), *_events(mine), *_work(mine), *_means(mine))
    return Dashboard(
        f"latu-{service}", f"Latu: {service}", "Requests, events, and what they are short of.", panels
    )


def _requests(mine: str) -> tuple[Panel, ...]:
    people = f"{mine},{OF_MACHINES}"
    count = "latu_http_request_seconds_count"
    return (
        panel(
            "Requests a second, by status",
            "2xx and 3xx; some 404 from robots, 422 from wrong input; 503 only under too much load.",
            rate(f"{count}{{{people}}}", "status"),
            "{{status}}",
            "reqps",
        ),
        panel(
            "Requests without a fault of ours",
            "100 %.",
            share_of(f'{count}{{{people},status!~"5.."}}', f"{count}{{{people}}}", "5m"),
            "answered",
            "percentunit",
        ),
        panel(
            "Slowest routes, 95 % within",
            "Below half a second; imports and releases take seconds.",
            f"topk(5, {quantile(0.95, 'latu_http_request_seconds', people, 'route')})",
            "{{route}}",
            "s",
        ),
    )


def _events(mine: str) -> tuple[Panel, ...]:
    return (
        panel(
            "Events handled a second, by result",
            "`done`; `retried` now and then; `dead` never.",
            rate(f"latu_events_handled_total{{{mine}}}", "result"),
            "{{result}}",
            "cps",
        ),
        panel(
            "A batch of events, 95 % within",
            "Below two seconds; batches grow and shrink to keep it there.",
            quantile(0.95, "latu_handler_seconds", mine, "handler", "1h"),
            "{{handler}}",
            "s",
        ),
        panel(
            "From the publisher's commit to ours, 95 % within",
            "Below a second, after an outage as long as that was.",
            quantile(0.95, "latu_event_delay_seconds", mine, "handler", "1h"),
            "{{handler}}",
            "s",
        ),
        panel(
            "Events waiting, by handler",
            "Near nought; up at a release, down within a minute.",
            f"max by (handler) (latu_events_waiting{{{mine}}})",
            "{{handler}}",
        ),
    )


def _work(mine: str) -> tuple[Panel, ...]:
    return (
        panel(
            "Timers that failed, an hour",
            "Nought.",
            increase(f'latu_timer_runs_total{{{mine},result="failed"}}', "timer"),
            "{{timer}}",
        ),
        panel(
            "What waits in the outbox",
            "Nought, for a moment what was just said.",
            f"max(latu_outbox_waiting{{{mine}}})",
            "events",
        ),
    )


def _means(mine: str) -> tuple[Panel, ...]:
    used = f"sum by (pool) (latu_pool_taken{{{mine}}}) / sum by (pool) (latu_pool_size{{{mine}}})"
    return (
        panel("Connections in use", "Below half; at 100 % requests wait.", used, "{{pool}}", "percentunit"),
        panel(
            "Wait for a connection, 99 % within",
            "A few milliseconds; at 5 seconds requests are refused.",
            quantile(0.99, "latu_pool_wait_seconds", mine, "pool"),
            "{{pool}}",
            "s",
        ),
        panel(
            "Event loop late, 99 % within",
            "Below 50 ms; more means that something works where it should wait.",
            quantile(0.99, "latu_event_loop_late_seconds", mine),
            "late",
            "s",
        ),
        panel(
            "Processor time a second",
            "Well below 1: a process has one core.",
            f"sum by (instance) (rate(process_cpu_seconds_total{{{mine}}}[5m]))",
            "{{instance}}",
            "s",
        ),
        panel(
            "Memory",
            "100 to 350 MB, level over days.",
            f"max by (instance) (process_resident_memory_bytes{{{mine}}})",
            "{{instance}}",
            "bytes",
        ),
        Panel(
            "What there is",
            "Changes when somebody does something; of people only whole fives.",
            (Query(f"max by (kind, status) (latu_things{{{mine}}})", "{{kind}} {{status}}"),),
        ),
    )
