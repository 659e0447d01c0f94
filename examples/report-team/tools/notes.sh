#!/usr/bin/env bash
# The first argument is the operation, the rest are --name=value; the values are variables too.
set -euo pipefail
case "$1" in
  find) printf '{"topic": "%s", "note": "%s"}\n' "$topic" "what we know about $topic" ;;
  *) echo "unknown operation $1" >&2; exit 2 ;;
esac
