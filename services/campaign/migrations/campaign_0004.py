"""Webhooks: the endpoints of partners, and the log of what was sent to them."""

from shared.migrations import run_script

revision = "campaign_0004"
down_revision = "campaign_0003"
branch_labels = None

TABLES = """
CREATE TABLE webhooks (
    id text PRIMARY KEY,
    partner text NOT NULL REFERENCES partners (id),
    url text NOT NULL,
    description text NOT NULL,
    events text[] NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    serials jsonb NOT NULL,
    position bigint NOT NULL,
    failures integer NOT NULL,
    failing_since timestamptz,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX webhooks_partner ON webhooks (partner);
CREATE INDEX webhooks_due ON webhooks (due_at) WHERE status = 'active';
CREATE TABLE webhook_deliveries (
    webhook text NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event text NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    position bigint,
    status text NOT NULL,
    attempts integer NOT NULL,
    http_status integer,
    fault text NOT NULL,
    seconds double precision NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    due_at timestamptz,
    PRIMARY KEY (webhook, event)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_last ON webhook_deliveries (last_at);
CREATE INDEX public_events_type ON public_events (type, position)
"""


def upgrade() -> None:
    run_script(TABLES)
