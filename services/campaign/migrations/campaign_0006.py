"""Digests of the files of finished days."""

from shared.migrations import run_script

revision = "campaign_0006"
down_revision = "campaign_0005"
branch_labels = None

TABLES = """
CREATE TABLE export_digests (
    day date PRIMARY KEY,
    etag text NOT NULL,
    sha256 text NOT NULL
)
"""


def upgrade() -> None:
    run_script(TABLES)
