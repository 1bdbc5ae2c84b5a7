#!/bin/sh
# Makes what the containers need to begin with: secrets, each in a file, and the folder of the partners' accounts.
# What is there already stays as it is, so it can be run again after an upgrade.
set -eu
cd "${1:-$(dirname "$0")/../..}"
umask 077
mkdir -p .latu/secrets .latu/partners
for name in database-password nats-password nats-system-password key first-sign-in grafana-password smtp-password; do
  file=.latu/secrets/$name
  # A password begins with a letter: the broker would take digits for a number.
  [ -s "$file" ] || printf 'n%s\n' "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > "$file"
  # Containers run as users that own nothing here. The folder around it lets nobody else in.
  chmod 644 "$file"
done
[ -e .latu/partners/partners.conf ] || : > .latu/partners/partners.conf
# Written by the campaign, which replaces the file, and read by the broker: both are nobody.
chmod 777 .latu/partners
chmod 666 .latu/partners/partners.conf 2> /dev/null || true
chmod 700 .latu .latu/secrets
echo "Secrets are in $(pwd)/.latu/secrets. Keep a copy of them: without the key receipts no longer work."
echo "The first sign-in is latu with the password in .latu/secrets/first-sign-in."
