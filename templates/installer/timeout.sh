#!/bin/sh
# timeout -k SECONDS SECONDS COMMAND...: what Anaconda's environment lacks (lorax's runtime-cleanup.tmpl takes it away).
shift 2
seconds=$1
shift
"$@" &
timed=$!
(sleep "$seconds"; kill -9 "$timed") </dev/null >/dev/null 2>&1 &
watch=$!
wait "$timed"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
