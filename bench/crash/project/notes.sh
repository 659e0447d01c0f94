#!/usr/bin/env bash
# A tool of kind script.
set -eu
. ./effect.sh "$name" 0.05
echo '{"done": true}'
