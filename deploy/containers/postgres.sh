#!/bin/sh
# Does for PostgreSQL out of the wheel what the entry point of the official image does: makes the data once, runs what
# lies in /docker-entrypoint-initdb.d, and becomes the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  # shellcheck disable=SC2086 - the options are words
  initdb --pgdata "$PGDATA" --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" \
    --auth-local trust --auth-host scram-sha-256 $POSTGRES_INITDB_ARGS
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --pgdata "$PGDATA" --options "-h '' -k /var/run/postgresql" --wait start
  export PGHOST=/var/run/postgresql
  for script in /docker-entrypoint-initdb.d/*.sh; do
    sh "$script"
  done
  pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
  unset PGHOST
fi
exec "$@" -D "$PGDATA" -k /var/run/postgresql -h "${LISTEN:-*}" -p "${PGPORT:-5432}"
