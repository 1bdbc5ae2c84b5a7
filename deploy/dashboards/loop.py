"""The loop: the one to leave open on the wall."""

from __future__ import annotations

from deploy.dashboards.panels import (
    DAY,
    HOUR,
    NOW,
    Dashboard,
    Panel,
    Query,
    increase,
    panel,
    quantile,
    share_of,
)
from deploy.dashboards.slos import ACCEPTED, ANSWERS

LOOP = Dashboard(
    "latu-loop",
    "Latu: the loop",
    "From answers to playbooks, recommendations and posts: whether it turns, and how fast.",
    (
        panel(
            "Answers accepted a minute",
            "Follows the invitations of a round; nought at night and between rounds.",
            f"60 * sum(rate({ACCEPTED}[{NOW}]))",
            "answers",
        ),
        panel(
            "Answers not refused by a fault of ours",
            "100 %; below 99.9 % people who wanted to answer could not.",
            share_of(f'{ANSWERS},status!~"5.."}}', f"{ANSWERS}}}"),
            "taken or refused with a reason",
            "percentunit",
        ),
        panel(
            "Pages that people read, 95 % within",
            "Below half a second.",
            quantile(
                0.95,
                "latu_http_request_seconds",
                'method="GET",route!~"/metrics|/health/.*|/static"',
                "service",
            ),
            "{{service}}",
            "s",
        ),
        panel(
            "The loop, 95 % within",
            "Seconds from what set a release off to what followed; gaps where nothing was released.",
            quantile(0.95, "latu_loop_seconds", by="effect", window=HOUR),
            "{{effect}}",
            "s",
        ),
        panel(
            "Newest answer until its release, median",
            "As long as the round's plan asks: minutes to days.",
            quantile(0.5, "latu_answer_wait_seconds", window=DAY),
            "median of a day",
            "s",
        ),
        panel(
            "What the clock decided of rounds with news, a day",
            "Mostly `too_soon` and `not_planned_yet`; others than these and `released` want a look.",
            increase("latu_release_decisions_total", "decision", DAY),
            "{{decision}}",
        ),
        panel(
            "Figures at releases, a day",
            "Most are new; many withheld ones mean small cells, which is the gate at work.",
            increase("latu_release_figures_total", "outcome", DAY),
            "{{outcome}}",
        ),
        panel(
            "Why figures did not leave, releases a day",
            "`own` and `held` early in a round; `others` that stays asks for coarser tables.",
            increase("latu_release_withholding_total", "reason", DAY),
            "{{reason}}",
        ),
        panel(
            "Findings retracted, a day",
            "Few, after a release; many at once after an import was undone or a frame corrected.",
            increase("latu_retractions_total", "reason", DAY),
            "{{reason}}",
        ),
        panel(
            "Findings that stand",
            "Grows over a round; falls when findings are retracted.",
            'max by (status) (latu_things{kind="insights"})',
            "{{status}}",
        ),
        panel(
            "Findings not followed",
            "Nought within a minute of a release; `latu stuck` names what stays.",
            'max by (kind) (latu_finding_revisions{service="survey"}) - on (kind) group_right () '
            'max by (service, kind) (latu_finding_revisions{service!="survey"})',
            "{{service}} {{kind}}",
        ),
        panel(
            "Work that waits",
            "1 for a moment after a release, else 0.",
            "max by (service) (latu_work_waits)",
            "{{service}}",
        ),
        panel(
            "Recommendations and posts",
            "`under_review` and `held` go back to nought once somebody has looked.",
            'max by (kind, status) (latu_things{kind=~"recommendations|posts"})',
            "{{kind}} {{status}}",
        ),
        panel(
            "Advice in playbooks, in fives",
            "Suspended advice falls again within a minute of a release.",
            'max by (status) (latu_things{kind="advice"})',
            "{{status}}",
        ),
        Panel(
            "What waits",
            "Near nought; what stays up is explained on the dashboard of the backbone.",
            (
                Query("max by (service) (latu_outbox_waiting)", "{{service}} outbox"),
                Query(
                    "sum by (service) (max by (service, handler) (latu_events_waiting))", "{{service}} events"
                ),
            ),
        ),
    ),
)
