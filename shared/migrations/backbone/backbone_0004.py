"""Up to where each handler has looked back for events that the broker passed over."""

from shared.migrations import run_script

revision = "backbone_0004"
down_revision = "backbone_0003"


def upgrade() -> None:
    run_script("""
        CREATE TABLE looked_back (
            handler text PRIMARY KEY,
            stream text NOT NULL,
            sequence bigint NOT NULL
        );
    """)
