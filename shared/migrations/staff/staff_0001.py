"""Staff accounts, sessions, API tokens and failed sign-ins."""

from shared.migrations import run_script

revision = "staff_0001"
down_revision = None


def upgrade() -> None:
    run_script("""
        CREATE TABLE accounts (
            name text PRIMARY KEY,
            password_hash text NOT NULL,
            roles text[] NOT NULL,
            created_at timestamptz NOT NULL
        );
        CREATE TABLE sessions (
            token_hash text PRIMARY KEY,
            account text NOT NULL REFERENCES accounts ON DELETE CASCADE,
            csrf text NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE TABLE tokens (
            token_hash text PRIMARY KEY,
            account text NOT NULL REFERENCES accounts ON DELETE CASCADE,
            label text NOT NULL,
            created_at timestamptz NOT NULL
        );
        CREATE TABLE failed_sign_ins (
            account text NOT NULL,
            at timestamptz NOT NULL
        );
        CREATE INDEX failed_sign_ins_account ON failed_sign_ins (account, at);
    """)
