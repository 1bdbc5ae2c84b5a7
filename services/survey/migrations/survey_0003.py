"""Tallies that are kept, how far they are counted; weights, frame and means of each release."""

from shared.migrations import run_script

revision = "survey_0003"
down_revision = "survey_0002"


def upgrade() -> None:
    run_script("""
        CREATE TABLE folds (
            round text PRIMARY KEY REFERENCES rounds (round),
            counted_to bigint NOT NULL,
            signature text[] NOT NULL
        );
        CREATE TABLE tallies (
            round text NOT NULL REFERENCES rounds (round),
            cell text[] NOT NULL,
            first integer NOT NULL,
            until integer NOT NULL,
            arrived bigint NOT NULL,
            newest bigint NOT NULL,
            sums bytea NOT NULL,
            seal bytea NOT NULL,
            PRIMARY KEY (round, cell, first, until)
        );
        ALTER TABLE releases ADD COLUMN weights jsonb NOT NULL DEFAULT '[]';
        ALTER TABLE releases ALTER COLUMN weights DROP DEFAULT;
        ALTER TABLE releases ADD COLUMN means jsonb NOT NULL DEFAULT '[]';
        ALTER TABLE releases ALTER COLUMN means DROP DEFAULT;
        ALTER TABLE releases ADD COLUMN frame jsonb;
        UPDATE releases SET frame = rounds.document -> 'frame' FROM rounds
        WHERE rounds.round = releases.round;
        ALTER TABLE releases ALTER COLUMN frame SET NOT NULL;
    """)
