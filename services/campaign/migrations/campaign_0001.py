"""Replicas of the evidence, themes, posts, stories and their contacts."""

from shared.migrations import run_script

revision = "campaign_0001"
down_revision = None
branch_labels = ("campaign",)

REPLICA = """
CREATE TABLE {name} (
    key text PRIMARY KEY,
    revision integer NOT NULL,
    live boolean NOT NULL,
    state jsonb NOT NULL,
    occurred_at timestamptz NOT NULL
)
"""

TABLES = """
CREATE TABLE themes (
    topic text PRIMARY KEY,
    status text NOT NULL,
    score double precision NOT NULL,
    points jsonb NOT NULL,
    insights text[] NOT NULL,
    evidence jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE posts (
    key text PRIMARY KEY,
    topic text NOT NULL,
    status text NOT NULL,
    insights text[] NOT NULL,
    title jsonb NOT NULL,
    body jsonb NOT NULL,
    written_on jsonb NOT NULL,
    ground jsonb NOT NULL,
    edited boolean NOT NULL,
    stale boolean NOT NULL,
    held_because text,
    note jsonb,
    hold_note jsonb,
    scheduled_for timestamptz,
    published_at timestamptz,
    changed_at timestamptz,
    revision integer NOT NULL
);
CREATE INDEX posts_insights ON posts USING gin (insights);
CREATE INDEX posts_status ON posts (status);
CREATE INDEX posts_published ON posts (published_at);
CREATE TABLE stories (
    key text PRIMARY KEY,
    topic text NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    submitted_at timestamptz NOT NULL,
    status text NOT NULL,
    hints text[] NOT NULL,
    edited boolean NOT NULL,
    reason text NOT NULL,
    decided_at timestamptz,
    published_at timestamptz,
    revision integer NOT NULL,
    code_digest text NOT NULL UNIQUE
);
CREATE INDEX stories_status ON stories (status, submitted_at);
CREATE TABLE story_contacts (
    story text PRIMARY KEY REFERENCES stories (key) ON DELETE CASCADE,
    email text NOT NULL
);
"""


def upgrade() -> None:
    for name in ("insights", "model_versions", "practices"):
        run_script(REPLICA.format(name=name))
    run_script(TABLES)
