#!/bin/sh
# Runs once, when the volume is empty: one database and one role for each service, and one for staff accounts.
set -eu
password=$(cat /run/secrets/database_password)
for name in survey coaching model campaign staff; do
  psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
# Whoever only looks at how the server does: the exporter of its metrics.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$password" <<'SQL'
CREATE ROLE monitor LOGIN PASSWORD :'password' IN ROLE pg_monitor;
SQL
