"""Public events as they are told over HTTP, in one order."""

from shared.migrations import run_script

revision = "campaign_0003"
down_revision = "campaign_0002"
branch_labels = None

TABLES = """
CREATE TABLE public_events (
    position bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    type text NOT NULL,
    key text NOT NULL,
    revision integer NOT NULL,
    day date NOT NULL,
    published_at timestamptz NOT NULL,
    event text
);
CREATE INDEX public_events_key ON public_events (type, key);
CREATE INDEX public_events_day ON public_events (day, position);
CREATE TABLE public_history (
    name text PRIMARY KEY,
    stream text NOT NULL,
    sequence bigint NOT NULL,
    position bigint NOT NULL,
    day date
);
INSERT INTO public_history VALUES ('PUBLIC', '', 0, 0, NULL)
"""


def upgrade() -> None:
    run_script(TABLES)
