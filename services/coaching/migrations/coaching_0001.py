"""The practice library, client organisations, playbooks, visits, outcomes and replicas of the evidence."""

from shared.migrations import run_script

revision = "coaching_0001"
down_revision = None
branch_labels = ("coaching",)

REPLICA = """
CREATE TABLE {name} (
    key text PRIMARY KEY,
    revision integer NOT NULL,
    live boolean NOT NULL,
    state jsonb NOT NULL,
    occurred_at timestamptz NOT NULL
);
"""

LIBRARY = """
CREATE TABLE practices (
    practice text PRIMARY KEY,
    revision integer NOT NULL,
    status text NOT NULL,
    wording jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE decisions (
    suggestion text PRIMARY KEY,
    decision text NOT NULL,
    practice text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL
);
"""

PLAYBOOKS = """
CREATE TABLE organisations (
    organisation text PRIMARY KEY,
    details jsonb NOT NULL,
    place jsonb NOT NULL,
    stale boolean NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX organisations_stale ON organisations (organisation) WHERE stale;
CREATE TABLE playbooks (
    playbook text PRIMARY KEY,
    organisation text NOT NULL UNIQUE REFERENCES organisations ON DELETE CASCADE,
    revision integer NOT NULL,
    items jsonb NOT NULL,
    fingerprint text NOT NULL,
    advised integer NOT NULL,
    suspended integer NOT NULL,
    remade_at timestamptz NOT NULL
);
CREATE TABLE changes (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    segment jsonb,
    key text NOT NULL
);
"""

VISITS = """
CREATE TABLE visits (
    visit text PRIMARY KEY,
    organisation text NOT NULL REFERENCES organisations ON DELETE CASCADE,
    visited_on date NOT NULL,
    note text NOT NULL,
    coach text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX visits_organisation ON visits (organisation);
CREATE TABLE actions (
    action text PRIMARY KEY,
    visit text NOT NULL REFERENCES visits ON DELETE CASCADE,
    organisation text NOT NULL REFERENCES organisations ON DELETE CASCADE,
    practice text NOT NULL,
    topic text NOT NULL,
    status text NOT NULL,
    who text NOT NULL,
    due_on date,
    agreed_on date NOT NULL,
    grounds jsonb NOT NULL,
    evidence_keys text[] NOT NULL
);
CREATE INDEX actions_organisation ON actions (organisation);
CREATE TABLE outcomes (
    outcome text PRIMARY KEY,
    action text NOT NULL REFERENCES actions ON DELETE CASCADE,
    practice text NOT NULL,
    topic text NOT NULL,
    status text NOT NULL,
    revision integer NOT NULL,
    kept boolean NOT NULL,
    before double precision NOT NULL,
    after double precision NOT NULL,
    measured_on text NOT NULL,
    evidence jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX outcomes_action ON outcomes (action) WHERE status = 'recorded';
"""


def upgrade() -> None:
    for name in ("insights", "indications", "recommendations", "suggestions"):
        run_script(REPLICA.format(name=name))
    for script in (LIBRARY, PLAYBOOKS, VISITS):
        run_script(script)
