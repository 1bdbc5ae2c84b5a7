"""What the region is promised, each as the share of an hour and of 30 days."""

from __future__ import annotations

from deploy.dashboards.panels import HOUR, Dashboard, Panel, Query, share_of

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


SLOS = Dashboard(
    "latu-slos",
    "Latu: what is promised",
    "Shares of what went well. The alerts burn the rest.",
    (
        _promise(
            "Answers taken, or refused with a reason",
            "99.9 % within 30 days.",
            f'{ANSWERS},status!~"5..|0"}}',
            f"{ANSWERS}}}",
        ),
        _promise(
            "Changes within a minute of what set their release off",
            "95 % within 30 days.",
            'latu_loop_seconds_bucket{le="60.0"}',
            "latu_loop_seconds_count",
        ),
        _promise(
            "Events at partners within a minute",
            "99 % within 30 days, where partners' endpoints answer.",
            'latu_webhook_delay_seconds_bucket{le="60.0"}',
            "latu_webhook_delay_seconds_count",
        ),
        _promise(
            "Pages without a fault of ours",
            "99.9 % within 30 days.",
            f'{ALL_PAGES},status!~"5..|0"}}',
            f"{ALL_PAGES}}}",
        ),
        _promise(
            "Pages within half a second", "95 % within 30 days.", f'{PAGES},le="0.5"}}', f"{ALL_PAGES}}}"
        ),
    ),
)
