"""Contributions: what partners send, and how many messages came in a day."""

from shared.migrations import run_script

revision = "campaign_0005"
down_revision = "campaign_0004"
branch_labels = None

TABLES = """
CREATE TABLE contributions (
    key text PRIMARY KEY,
    partner text NOT NULL REFERENCES partners (id),
    kind text NOT NULL,
    name text NOT NULL,
    revision integer NOT NULL,
    status text NOT NULL,
    received_at timestamptz NOT NULL,
    said jsonb,
    fingerprint text NOT NULL,
    checks text[] NOT NULL,
    reason text NOT NULL,
    place text NOT NULL,
    note text NOT NULL,
    decided_at timestamptz,
    state integer NOT NULL
);
CREATE INDEX contributions_status ON contributions (status, received_at);
CREATE INDEX contributions_fingerprint ON contributions (fingerprint);
CREATE TABLE contribution_counts (
    partner text NOT NULL REFERENCES partners (id),
    day date NOT NULL,
    messages integer NOT NULL,
    PRIMARY KEY (partner, day)
)
"""


def upgrade() -> None:
    run_script(TABLES)
