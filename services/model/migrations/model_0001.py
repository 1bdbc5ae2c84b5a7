"""Replicas, recommendations, versions and what waits to be judged again."""

from shared.migrations import run_script

revision = "model_0001"
down_revision = None
branch_labels = ("model",)
depends_on = None

REPLICA = """
    CREATE TABLE {name} (
        key text PRIMARY KEY,
        revision integer NOT NULL,
        live boolean NOT NULL,
        state jsonb NOT NULL,
        occurred_at timestamptz NOT NULL
    )
"""


def upgrade() -> None:
    """Make the tables."""
    for name in ("insights", "indications", "practices", "outcomes"):
        run_script(REPLICA.format(name=name))
    run_script("""
        CREATE TABLE recommendations (
            key text PRIMARY KEY,
            topic text NOT NULL,
            status text NOT NULL,
            revision integer NOT NULL,
            status_since timestamptz NOT NULL,
            standing jsonb NOT NULL,
            decision jsonb,
            worded jsonb
        );
        CREATE TABLE versions (
            number integer PRIMARY KEY,
            revision integer NOT NULL,
            published_on date NOT NULL,
            published_by text NOT NULL,
            content jsonb NOT NULL,
            marks jsonb NOT NULL
        );
        CREATE TABLE stale (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            correlation_id text NOT NULL,
            causation_id text,
            traceparent text
        );
    """)
