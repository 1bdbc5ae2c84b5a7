"""Dead letters in an order and with their revision; what was withdrawn, so that no letter keeps its text."""

from shared.migrations import run_script

revision = "backbone_0003"
down_revision = "backbone_0002"


def upgrade() -> None:
    run_script("""
        ALTER TABLE dead_letters ADD COLUMN position bigint GENERATED ALWAYS AS IDENTITY;
        ALTER TABLE dead_letters ADD COLUMN revision integer;
        CREATE INDEX dead_letters_waiting ON dead_letters (position) WHERE status = 'waiting';
        CREATE INDEX dead_letters_key ON dead_letters (type, key);
        CREATE TABLE withdrawn (
            type text NOT NULL,
            key text NOT NULL,
            revision integer NOT NULL,
            PRIMARY KEY (type, key)
        );
    """)
