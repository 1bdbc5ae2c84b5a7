"""Partners: what they are sent, what they send, and who listens."""

from __future__ import annotations

from deploy.dashboards.panels import Dashboard, increase, panel, quantile, rate, share_of

PARTNERS = Dashboard(
    "latu-partners",
    "Latu: partners",
    "Webhooks, readers of the event stream, and contributions.",
    (
        panel(
            "Posts to webhooks a second, by result",
            "`2xx`; others are tried again.",
            rate("latu_webhook_attempts_total", "result"),
            "{{result}}",
            "cps",
        ),
        panel(
            "Posts that succeed, by partner, an hour",
            "100 %; a partner whose share stays low will be disabled after five days without success.",
            'sum by (partner) (rate(latu_webhook_attempts_total{result="2xx"}[1h]))'
            " / (sum by (partner) (rate(latu_webhook_attempts_total[1h])) > 0)",
            "{{partner}}",
            "percentunit",
        ),
        panel(
            "From the broker to the first success, 95 % within",
            "A few seconds.",
            quantile(0.95, "latu_webhook_delay_seconds", window="1h"),
            "delay",
            "s",
        ),
        panel(
            "Delivered within a minute, an hour",
            "Above 99 % while partners' endpoints answer.",
            share_of('latu_webhook_delay_seconds_bucket{le="60.0"}', "latu_webhook_delay_seconds_count"),
            "within a minute",
            "percentunit",
        ),
        panel(
            "Events that webhooks were not sent yet",
            "Near nought for active ones; what is disabled waits until somebody enables it.",
            "max by (partner, status) (latu_partner_webhook_events_behind)",
            "{{partner}} {{status}}",
        ),
        panel(
            "Events that partners have not read yet",
            "Near nought; a partner that only grows has stopped reading.",
            "max by (partner, stream) (latu_partner_events_waiting)",
            "{{partner}} {{stream}}",
        ),
        panel(
            "Events out with partners, not acknowledged",
            "Falls to nought between readings; what stays up comes again and again.",
            "max by (partner, stream) (latu_partner_events_unacknowledged)",
            "{{partner}} {{stream}}",
        ),
        panel(
            "Partners that read now",
            "1 or more while a partner is connected and asks for events.",
            "max by (partner, stream) (latu_partner_events_pulls)",
            "{{partner}} {{stream}}",
        ),
        panel(
            "Endpoints disabled, a day",
            "No line, or nought; a partner whose endpoint is disabled wants to know.",
            increase("latu_webhooks_disabled_total", "partner, reason", "1d"),
            "{{partner}} {{reason}}",
        ),
        panel(
            "Readers of the event stream",
            "Some; a process takes 500.",
            "sum by (instance) (latu_event_streams)",
            "{{instance}}",
        ),
        panel(
            "Contributions by what became of them, a day",
            "`waiting`, `known`; many `refused` or `dropped` come from one partner's fault.",
            increase("latu_contributions_total", "partner, outcome", "1d"),
            "{{partner}} {{outcome}}",
        ),
    ),
)
