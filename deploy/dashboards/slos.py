"""What the region is promised, each as the share of an hour and of 30 days."""

from __future__ import annotations

from deploy.dashboards.panels import HOUR, Dashboard, Panel, Query, panel, share_of

MONTH = "30d"
# Without the closing brace: matchers are added.
ANSWERS = (
    'latu_http_request_seconds_count{service="survey",method="POST",'
    'route=~"/answer/{code}|/api/rounds/{code}/answers"'
)
ACCEPTED = f'{ANSWERS},status=~"2..|303"}}'
PAGES = (
    'latu_http_request_seconds_bucket{method="GET",route!~"/metrics|/health/.*|/static|/api/events/stream"'
)
ALL_PAGES = PAGES.replace("_bucket", "_count")


def _promise(title: str, normal: str, part: str, whole: str) -> Panel:
    windows = ((HOUR, "within an hour"), (MONTH, "within 30 days"))
    return Panel(
        title, normal, [Query(share_of(part, whole, window), name) for window, name in windows], "percentunit"
    )


# What of what must go well.
PROMISES = (
    (f'{ANSWERS},status!~"5..|0"}}', f'{ANSWERS},status!="0"}}'),
    ('latu_loop_seconds_bucket{le="60.0"}', "latu_loop_seconds_count"),
    ('latu_webhook_delay_seconds_bucket{le="60.0"}', "latu_webhook_delay_seconds_count"),
    (f'{ALL_PAGES},status!~"5..|0"}}', f'{ALL_PAGES},status!="0"}}'),
    (f'{PAGES},le="0.5"}}', f"{ALL_PAGES}}}"),
)


_WORDS = (
    ("Answers taken, or refused with a reason", "99.9 % within 30 days."),
    ("Changes within a minute of what set their release off", "95 % within 30 days."),
    ("Events at partners within a minute", "99 % within 30 days, of those that succeed when first sent."),
    ("Pages without a fault of ours", "99.9 % within 30 days."),
    ("Pages within half a second", "95 % within 30 days."),
)


def _burn(long: str, short: str) -> tuple[Query, Query]:
    return Query(f"latu:burn:{long}", f"{{{{promise}}}} {long}"), Query(
        f"latu:burn:{short}", f"{{{{promise}}}} {short}"
    )


SLOS = Dashboard(
    "latu-slos",
    "Latu: what is promised",
    "Shares of what went well, and how fast the rest is used up.",
    (
        Panel(
            "How fast what may fail is used up, an hour",
            "Below 1; where both are above 14.4 somebody is called.",
            _burn("1h", "5m"),
        ),
        Panel(
            "How fast what may fail is used up, six hours",
            "Below 1; where both are above 6 somebody is called.",
            _burn("6h", "30m"),
        ),
        panel(
            "How fast what may fail is used up, three days",
            "Below 1; what stays above makes a ticket.",
            "latu:burn:3d",
            "{{promise}}",
        ),
        *(_promise(*words, part, whole) for words, (part, whole) in zip(_WORDS, PROMISES, strict=True)),
    ),
)
