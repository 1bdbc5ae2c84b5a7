#!/bin/sh
# One database and one role for each service and for staff accounts, and a role that only reads statistics. Runs by
# itself when the volume is empty; after an upgrade it can be run again and makes what is not there yet.
set -eu
password=$(cat /run/secrets/database_password)
for name in survey coaching model campaign staff; do
  psql --set ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --set name="$name" --set password="$password" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
# Whoever only looks at how the server does: the exporter of its metrics.
psql --set ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --set password="$password" <<'SQL'
SELECT 'CREATE ROLE monitor LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitor') \gexec
ALTER ROLE monitor PASSWORD :'password';
GRANT pg_monitor TO monitor;
SQL
