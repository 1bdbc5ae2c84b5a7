"""Webhooks: how long the last visit to an endpoint took."""

from shared.migrations import run_script

revision = "campaign_0008"
down_revision = "campaign_0007"
branch_labels = None


def upgrade() -> None:
    run_script("ALTER TABLE webhooks ADD COLUMN seconds double precision NOT NULL DEFAULT 0")
