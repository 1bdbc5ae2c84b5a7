"""Releases, insights, and the keys of their seals."""

from shared.migrations import run_script

revision = "survey_0002"
down_revision = "survey_0001"


def upgrade() -> None:
    run_script("""
        CREATE TABLE releases (
            release text PRIMARY KEY,
            round text NOT NULL REFERENCES rounds (round),
            number integer NOT NULL,
            final boolean NOT NULL,
            watermark bigint NOT NULL,
            look jsonb NOT NULL,
            document jsonb NOT NULL,
            content_hash text NOT NULL,
            answers_hash text NOT NULL,
            judged jsonb NOT NULL,
            withheld jsonb NOT NULL,
            released_by text NOT NULL,
            released_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX releases_round ON releases (round, number);
        CREATE TABLE insights (
            insight text NOT NULL,
            revision integer NOT NULL,
            round text NOT NULL REFERENCES rounds (round),
            live boolean NOT NULL,
            newest boolean NOT NULL,
            hypothesis text NOT NULL,
            item text NOT NULL,
            watermark bigint NOT NULL,
            event jsonb NOT NULL,
            retraction jsonb,
            PRIMARY KEY (insight, revision)
        );
        CREATE UNIQUE INDEX insights_newest ON insights (insight) WHERE newest;
        CREATE INDEX insights_round ON insights (round) WHERE newest;
        CREATE TABLE seal_keys (
            round text PRIMARY KEY REFERENCES rounds (round),
            key bytea NOT NULL
        );
    """)
