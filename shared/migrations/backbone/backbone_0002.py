"""What retention looks for: when events were published and received."""

from shared.migrations import run_script

revision = "backbone_0002"
down_revision = "backbone_0001"


def upgrade() -> None:
    run_script("""
        CREATE INDEX outbox_published ON outbox USING brin (published_at);
        CREATE INDEX inbox_received ON inbox USING brin (received_at);
    """)
