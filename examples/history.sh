#!/bin/sh
# Reads all public events, and what is new at the next run: sh history.sh http://127.0.0.1:8004
set -eu
cursor=$(cat cursor.txt 2>/dev/null || echo beginning)
more=yes
while [ "$more" ]; do
  curl -sSf -D headers.txt "$1/api/events?after=$cursor&limit=100"
  cursor=$(tr -d '\r' < headers.txt | sed -n 's/^[Ll]atu-[Cc]ursor: //p')
  more=$(grep -i '^link:' headers.txt || true)
  echo "$cursor" > cursor.txt
done
