"""Partners: who reads our events and sends to us."""

from shared.migrations import run_script

revision = "campaign_0002"
down_revision = "campaign_0001"
branch_labels = None

TABLES = """
CREATE TABLE partners (
    id text PRIMARY KEY,
    name text NOT NULL,
    contact text NOT NULL,
    reads text[] NOT NULL,
    contributes text[] NOT NULL,
    status text NOT NULL,
    keys jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    applied_at timestamptz
)
"""


def upgrade() -> None:
    run_script(TABLES)
