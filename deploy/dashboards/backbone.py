"""The backbone: outboxes, the broker, handlers, dead letters, the database."""

from __future__ import annotations

from deploy.dashboards.panels import Dashboard, Panel, Query, increase, panel, rate

_OUTBOX = (
    panel(
        "Outbox: events waiting",
        "Nought within a second after each commit.",
        "max by (service) (latu_outbox_waiting)",
        "{{service}}",
    ),
    panel(
        "Outbox: age of the oldest",
        "Below a second; grows while the broker is away, and falls by itself.",
        "max by (service) (latu_outbox_oldest_seconds)",
        "{{service}}",
        "s",
    ),
    panel(
        "Events published a second",
        "Follows what happens; a release makes hundreds.",
        rate("latu_outbox_published_total", "service"),
        "{{service}}",
        "cps",
    ),
    panel(
        "Tries of the relay that failed, an hour",
        "Nought while the broker answers.",
        increase('latu_relay_tries_total{result="failed"}', "service"),
        "{{service}}",
    ),
    panel(
        "Hindered parts",
        "Nought everywhere; `/health/ready` says why another is 1.",
        "max by (service, part) (latu_hindered)",
        "{{service}} {{part}}",
    ),
)
_HANDLERS = (
    panel(
        "Events waiting, by handler",
        "Near nought; what only grows has a handler that is stuck.",
        "max by (handler) (latu_events_waiting)",
        "{{handler}}",
    ),
    panel(
        "Events in hand, not settled",
        "Below 256 a handler and process.",
        "max by (handler) (latu_events_unacknowledged)",
        "{{handler}}",
    ),
    panel(
        "Events delivered more than once, not settled",
        "Nought; some after a crash or while the database is away.",
        "max by (handler) (latu_events_redelivered)",
        "{{handler}}",
    ),
    panel(
        "New dead letters, an hour",
        "Nought.",
        increase("latu_dead_letters_total", "handler"),
        "{{handler}}",
    ),
    panel(
        "Events passed over and found, an hour",
        "Nought; more says that the broker's disk does not keep its word.",
        increase("latu_events_passed_over_total", "handler"),
        "{{handler}}",
    ),
    panel(
        "Dead letters that wait, by failure",
        "No line at all; `/admin/dead-letters` has the same names.",
        "max by (service, fingerprint) (latu_dead_letters_waiting)",
        "{{service}} {{fingerprint}}",
    ),
)
_BROKER = (
    panel("Nodes that answer", "1 for each node.", "max by (node) (latu_nats_up)", "node {{node}}"),
    panel(
        "Messages a second",
        "Follows the events; a steady few from pulling and measuring.",
        "max by (node, way) (rate(latu_nats_messages_total[5m]))",
        "node {{node}} {{way}}",
        "cps",
    ),
    panel(
        "Clients",
        "Two to four for each service, and those of partners.",
        "max by (node) (latu_nats_connections)",
        "node {{node}}",
    ),
    panel(
        "Clients cut off as too slow, an hour",
        "Nought.",
        "max by (node) (increase(latu_nats_slow_consumers_total[1h]))",
        "node {{node}}",
    ),
    panel(
        "Memory of the broker",
        "20 to 200 MB.",
        "max by (node) (latu_nats_memory_bytes)",
        "node {{node}}",
        "bytes",
    ),
    panel(
        "Disk of the streams, of what they may take",
        "Below 80 %; when it is full events wait in the outboxes.",
        "max by (node) (latu_nats_storage_bytes) / max by (node) (latu_nats_storage_limit_bytes)",
        "node {{node}}",
        "percentunit",
    ),
    panel(
        "Events kept, by stream",
        "PUBLIC and INTERNAL grow; PARTNER goes back to nought.",
        "max by (stream) (latu_nats_stream_messages)",
        "{{stream}}",
    ),
    panel(
        "Size of streams",
        "Grows with the events; nothing jumps.",
        "max by (stream) (latu_nats_stream_bytes)",
        "{{stream}}",
        "bytes",
    ),
)
_DATABASE = (
    panel("PostgreSQL answers", "1.", "min(pg_up)", "up"),
    panel(
        "Connections to each database",
        "At most what the services' pools allow together.",
        'sum by (datname) (pg_stat_database_numbackends{datname=~"survey|coaching|model|campaign|staff"})',
        "{{datname}}",
    ),
    Panel(
        "Commits and rollbacks a second",
        "Far more commits; rollbacks are refusals and retries.",
        (
            Query('sum(rate(pg_stat_database_xact_commit{datname!=""}[5m]))', "commits"),
            Query('sum(rate(pg_stat_database_xact_rollback{datname!=""}[5m]))', "rollbacks"),
        ),
        "cps",
    ),
    panel(
        "Deadlocks, an hour",
        "Nought, or few: they are tried again.",
        "sum(increase(pg_stat_database_deadlocks[1h]))",
        "deadlocks",
    ),
    panel(
        "Size of databases",
        "Grows slowly; the outbox is kept for ever by default.",
        'max by (datname) (pg_database_size_bytes{datname=~"survey|coaching|model|campaign|staff"})',
        "{{datname}}",
        "bytes",
    ),
)

_MACHINES = (
    panel("Services that answer", "1 for each.", 'max by (service) (up{job="latu"})', "{{service}}"),
    panel(
        "Since when processes run",
        "Grows; falls to nought at a restart, which somebody should know of.",
        'max by (service) (time() - process_start_time_seconds{job="latu"})',
        "{{service}}",
        "s",
    ),
    panel(
        "Free on the disk of the data folder",
        "Above 20 %; alerts come at 15 and 5.",
        "min by (service) (latu_disk_free_bytes / latu_disk_bytes)",
        "{{service}}",
        "percentunit",
    ),
    panel(
        "Clocks, against that of Prometheus",
        "Below a second; partners refuse webhooks whose time is five minutes off.",
        "max by (service) (abs(latu_clock_seconds - timestamp(latu_clock_seconds)))",
        "{{service}}",
        "s",
    ),
    panel(
        "Time until certificates end",
        "Above a month; no line where the public addresses have none.",
        "min by (service, at) (latu_certificate_ends_timestamp_seconds) - time()",
        "{{service}} {{at}}",
        "s",
    ),
)

BACKBONE = Dashboard(
    "latu-backbone",
    "Latu: the backbone",
    "Whether all that was said is published, and all that was published is handled.",
    (*_OUTBOX, *_HANDLERS, *_BROKER, *_DATABASE, *_MACHINES),
)
