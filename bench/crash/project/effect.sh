# . ./effect.sh STEP SECONDS: begins, acts halfway, ends; each told to the ledger with the step's key.
by="$$.$RANDOM"
tell() {
  curl -sS --max-time 20 -X POST "$LEDGER" -d \
    "{\"tag\": \"${tag:-${AIWORKFLOW_KEY%%[./]*}}\", \"step\": \"$1\", \"what\": \"$2\", \"key\": \"$AIWORKFLOW_KEY\", \"by\": \"$by\", \"worker\": $PPID}"
}
trap 'tell "$step" stopped > /dev/null; exit 1' TERM
step="$1"
half="$2"
tell "$step" begin > /dev/null
sleep "$half"
tell "$step" effect > /dev/null
sleep "$half"
tell "$step" end > /dev/null
