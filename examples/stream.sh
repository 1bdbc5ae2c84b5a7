#!/bin/sh
# Prints public events as they come, from the first one on: sh stream.sh http://127.0.0.1:8004
# Cut off, it resumes after the last id with nothing lost or doubled.
exec curl -sSN "$1/api/events/stream?after=${2:-beginning}"
