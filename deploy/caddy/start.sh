#!/bin/sh
# The sites of the front are the public addresses without their ports: those are the machine's, the front's own do not change.
set -eu
site() { printf '%s\n' "$1" | sed -E 's#^(https?://[^:/]+).*#\1#'; }
LATU_SURVEY_SITE=$(site "$LATU_SURVEY_URL")
LATU_COACHING_SITE=$(site "$LATU_COACHING_URL")
LATU_MODEL_SITE=$(site "$LATU_MODEL_URL")
LATU_CAMPAIGN_SITE=$(site "$LATU_CAMPAIGN_URL")
LATU_PARTNER_SITE=$(site "https://$LATU_PARTNER_HOST")
export LATU_SURVEY_SITE LATU_COACHING_SITE LATU_MODEL_SITE LATU_CAMPAIGN_SITE LATU_PARTNER_SITE
exec caddy run --adapter caddyfile --config "${1:-/etc/caddy/Caddyfile}"
