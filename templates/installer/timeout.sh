#!/bin/sh
# timeout -k SECONDS SECONDS COMMAND...: what Anaconda's environment lacks (lorax's runtime-cleanup.tmpl takes it away).
shift 2
seconds=$1
shift
# A command in the background would read nothing.
exec 3<&0
"$@" <&3 3<&- &
timed=$!
# Not where it was called: what sleeps on would keep a file system from being unmounted.
(
  cd /
  sleep "$seconds" &
  sleeping=$!
  trap 'kill "$sleeping"; exit' TERM
  wait "$sleeping" && kill -9 "$timed"
) 3<&- </dev/null >/dev/null 2>&1 &
watch=$!
wait "$timed"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
