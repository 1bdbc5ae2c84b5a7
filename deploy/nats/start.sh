#!/bin/sh
# The broker's passwords are files; its configuration takes them from the environment, and routes from a file.
set -eu
if [ "${LATU_NATS_NODE:-latu}" != latu ] && [ "${LATU_NATS_MODE:-}" != cluster ]; then
  echo "A broker of three nodes needs all lines of deploy/nats/cluster.env in .env; the profile alone does not do." >&2
  exit 1
fi
LATU_NATS_PASSWORD=$(cat /run/secrets/nats_password)
LATU_NATS_SYSTEM_PASSWORD=$(cat /run/secrets/nats_system_password)
export LATU_NATS_PASSWORD LATU_NATS_SYSTEM_PASSWORD
umask 077
for node in nats nats-2 nats-3; do
  echo "\"nats-route://latu:$LATU_NATS_PASSWORD@$node:6222\""
done > /tmp/routes
{ echo "routes: ["; cat /tmp/routes; echo "]"; } > /tmp/routes.conf
exec nats-server "$@"
