"""Survey marks, and which organisations were coached."""

from shared.migrations import run_script

revision = "survey_0004"
down_revision = "survey_0003"


def upgrade() -> None:
    run_script("""
        CREATE TABLE marks (
            mark text PRIMARY KEY,
            organisation text NOT NULL,
            issued_at timestamptz NOT NULL
        );
        CREATE INDEX marks_organisation ON marks (organisation);
        CREATE TABLE coached (
            key text PRIMARY KEY,
            revision integer NOT NULL,
            live boolean NOT NULL,
            state jsonb NOT NULL,
            occurred_at timestamptz NOT NULL
        );
    """)
