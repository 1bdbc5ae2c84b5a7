"""Survey marks that organisations gave their coach."""

from shared.migrations import run_script

revision = "coaching_0002"
down_revision = "coaching_0001"


def upgrade() -> None:
    run_script("""
        CREATE TABLE survey_marks (
            mark text PRIMARY KEY,
            organisation text UNIQUE REFERENCES organisations ON DELETE SET NULL,
            revision integer NOT NULL,
            topics jsonb NOT NULL
        );
    """)
