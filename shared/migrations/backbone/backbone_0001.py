"""Outbox, inbox, dead letters and audit trail."""

from shared.migrations import run_script

revision = "backbone_0001"
down_revision = None
branch_labels = ("backbone",)


def upgrade() -> None:
    run_script("""
        CREATE TABLE outbox (
            id text PRIMARY KEY,
            position bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            key text NOT NULL,
            stream text NOT NULL,
            revision integer NOT NULL,
            body text NOT NULL,
            correlation_id text NOT NULL,
            causation_id text,
            traceparent text,
            occurred_at timestamptz NOT NULL,
            published_at timestamptz,
            stream_sequence bigint
        );
        CREATE INDEX outbox_waiting ON outbox (position) WHERE published_at IS NULL;
        CREATE INDEX outbox_key ON outbox (type, key);
        CREATE TABLE inbox (
            handler text NOT NULL,
            event_id text NOT NULL,
            received_at timestamptz NOT NULL,
            PRIMARY KEY (handler, event_id)
        );
        CREATE TABLE dead_letters (
            handler text NOT NULL,
            event_id text NOT NULL,
            type text NOT NULL,
            subject text NOT NULL,
            key text NOT NULL,
            body text NOT NULL,
            headers jsonb NOT NULL,
            reason text NOT NULL,
            fingerprint text NOT NULL,
            tries integer NOT NULL,
            status text NOT NULL DEFAULT 'waiting',
            first_at timestamptz NOT NULL,
            last_at timestamptz NOT NULL,
            PRIMARY KEY (handler, event_id)
        );
        CREATE INDEX dead_letters_fingerprint ON dead_letters (fingerprint, status);
        CREATE TABLE purges (
            subject text PRIMARY KEY,
            stream text NOT NULL,
            requested_at timestamptz NOT NULL,
            done_at timestamptz
        );
        CREATE TABLE audit (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL,
            actor text NOT NULL,
            action text NOT NULL,
            subject text NOT NULL,
            detail jsonb NOT NULL
        );
    """)
