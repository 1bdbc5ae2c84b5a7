"""Webhooks of removed partners: what is left of them goes, as it does with a partner from now on."""

from shared.migrations import run_script

revision = "campaign_0009"
down_revision = "campaign_0008"
branch_labels = None


def upgrade() -> None:
    run_script("DELETE FROM webhooks USING partners p WHERE p.id = webhooks.partner AND p.status = 'removed'")
