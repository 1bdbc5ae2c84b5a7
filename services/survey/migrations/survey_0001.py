"""Questionnaires, rounds, imports, answers, open answers, stories and erasures."""

from shared.migrations import run_script

revision = "survey_0001"
down_revision = None
branch_labels = ("survey",)


def upgrade() -> None:
    run_script("""
        CREATE TABLE questionnaires (
            code text NOT NULL,
            version integer NOT NULL,
            document jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (code, version)
        );
        CREATE TABLE rounds (
            round text PRIMARY KEY,
            status text NOT NULL,
            document jsonb NOT NULL,
            questionnaire text NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            FOREIGN KEY (questionnaire, version) REFERENCES questionnaires (code, version)
        );
        CREATE TABLE imports (
            import text PRIMARY KEY,
            round text NOT NULL REFERENCES rounds (round),
            mapping text NOT NULL,
            file_hash text NOT NULL,
            read integer NOT NULL,
            kept integer NOT NULL,
            dropped jsonb NOT NULL,
            imported_by text NOT NULL,
            imported_at timestamptz NOT NULL,
            undone_at timestamptz
        );
        CREATE INDEX imports_round ON imports (round);
        CREATE SEQUENCE answer_seq;
        CREATE TABLE answers (
            answer text PRIMARY KEY,
            seq bigint NOT NULL DEFAULT nextval('answer_seq'),
            round text NOT NULL,
            organisation text,
            segment jsonb NOT NULL,
            "values" jsonb NOT NULL,
            language text NOT NULL,
            source text NOT NULL,
            import text,
            receipt text,
            content text,
            received_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX answers_receipt ON answers (receipt);
        CREATE INDEX answers_round ON answers (round, seq);
        CREATE INDEX answers_organisation ON answers (organisation) WHERE organisation IS NOT NULL;
        CREATE INDEX answers_import ON answers (import) WHERE import IS NOT NULL;
        CREATE TABLE open_answers (
            open_answer text PRIMARY KEY,
            answer text NOT NULL REFERENCES answers (answer) ON DELETE CASCADE,
            round text NOT NULL,
            question text NOT NULL,
            text text NOT NULL,
            language text NOT NULL,
            suggested boolean NOT NULL
        );
        CREATE INDEX open_answers_answer ON open_answers (answer);
        CREATE INDEX open_answers_round ON open_answers (round, question);
        CREATE TABLE withdrawn_receipts (
            receipt text PRIMARY KEY,
            withdrawn_at timestamptz NOT NULL
        );
        CREATE TABLE erasures (
            erasure text PRIMARY KEY,
            kind text NOT NULL,
            import text,
            answers integer NOT NULL,
            erased_by text NOT NULL,
            erased_at timestamptz NOT NULL
        );
        CREATE TABLE erased_units (
            seq bigint PRIMARY KEY DEFAULT nextval('answer_seq'),
            erasure text NOT NULL REFERENCES erasures (erasure),
            round text NOT NULL,
            since bigint NOT NULL,
            segment jsonb NOT NULL,
            questions text[] NOT NULL
        );
        CREATE INDEX erased_units_round ON erased_units (round, seq);
        CREATE TABLE stories (
            key text PRIMARY KEY,
            revision integer NOT NULL,
            live boolean NOT NULL,
            state jsonb NOT NULL,
            occurred_at timestamptz NOT NULL
        );
    """)
