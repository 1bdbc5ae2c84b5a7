"""The highest revision of a contribution that came, beside the one that stands."""

from shared.migrations import run_script

revision = "campaign_0007"
down_revision = "campaign_0006"
branch_labels = None

TABLES = """
ALTER TABLE contributions ADD COLUMN heard integer NOT NULL DEFAULT 0;
UPDATE contributions SET heard = revision;
ALTER TABLE contributions ALTER COLUMN heard DROP DEFAULT
"""


def upgrade() -> None:
    run_script(TABLES)
