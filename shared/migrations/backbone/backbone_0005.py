"""What waits in the outbox is found by its stream."""

from shared.migrations import run_script

revision = "backbone_0005"
down_revision = "backbone_0004"


def upgrade() -> None:
    run_script("""
        DROP INDEX outbox_waiting;
        CREATE INDEX outbox_waiting ON outbox (stream, position) WHERE published_at IS NULL;
    """)
