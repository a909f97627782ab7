# The facts, told to the bastion, and its answer: wait, install, erase, or rescue.
# shellcheck shell=sh disable=SC2154

tell_facts() {
  (cd "$report" && tar -cf "$LABCTL_RUN/report.tar" -- *) || labctl_fail 'the report could not be packed'
  pause=1
  while :; do
    read -r uptime _ </proc/uptime
    read -r began _ <"$LABCTL_RUN/started"
    LABCTL_MAX_SECONDS=120 labctl_curl "${LABCTL_FACTS_TO:-/api/boot/facts}" -H 'Content-Type: application/x-tar' -H "Labctl-Started: $began" \
      -H "Labctl-Uptime: $uptime" --data-binary "@$LABCTL_RUN/report.tar"
    case $LABCTL_STATUS in
      200) take_answer; return ;;
      000) labctl_say "the bastion at $LABCTL_URL does not answer: $(labctl_plain "$LABCTL_WHY"); trying again in $pause s" ;;
      5?? | 429) labctl_say "the bastion answers $LABCTL_STATUS: $(labctl_answer_text); trying again in $pause s" ;;
      401 | 403 | 409 | 410) labctl_say "refused ($LABCTL_STATUS): $(labctl_answer_text)"; return ;;
      *) labctl_fail "the bastion cannot take the report ($LABCTL_STATUS): $(labctl_answer_text)" ;;
    esac
    sleep "$pause"
    pause=$((pause * 2))
    if [ "$pause" -gt 30 ]; then pause=30; fi
  done
}

take_answer() {
  rm -rf "$LABCTL/answer"
  mkdir -m 0700 "$LABCTL/answer"
  (umask 077; tar -xmf "$LABCTL_BODY" -C "$LABCTL/answer") || labctl_fail "the bastion's answer is not a tar file"
  rm -f "$LABCTL_BODY"
  kind=''
  read -r kind <"$LABCTL/answer/kind"
  case $kind in
    install) steps_as_told 'installing as ordered' 'the install stopped; labctl provision retry makes another attempt' ;;
    erase) steps_as_told 'erasing as ordered' 'the erase stopped; labctl provision retry makes another attempt' ;;
    rescue) rescue_as_told ;;
    wait)
      labctl_say 'facts reported'
      case $LABCTL_AFTERWARDS in reboot | local-disk | poweroff) leave "$LABCTL_AFTERWARDS" ;; esac
      ;;
    *) labctl_fail "the bastion answered '$(labctl_plain "$kind")'; wait, install, erase or rescue was expected" ;;
  esac
}

# steps_as_told BEGINNING END: what is said before and after. The steps speak for themselves, and end with a reboot: coming back from them is a failure, whatever their exit code.
steps_as_told() {
  keep_lease
  labctl_say "$1"
  rm -f "$LABCTL_RUN/failed" "$LABCTL_RUN/due" "$LABCTL_RUN/steps.code"
  run_steps | tee -a "$LABCTL_RUN/log" &
  watch_steps "$!"
  read -r code <"$LABCTL_RUN/steps.code"
  last=$(grep -v '^$' "$LABCTL_RUN/log" | tail -n 1)
  why=$(labctl_reason "the steps ended with code $code; last line: $last")
  { echo 'The kernel said last:'; dmesg | grep -iE 'error|fail|abort|offline|timed? ?out' | tail -n 20; } >>"$LABCTL_RUN/log" 2>/dev/null
  tell_failed "$why"
  labctl_say "$2"
}

# tell_failed WHY: until the bastion has heard it, with the log: nobody else knows why, and nothing else is left to do.
tell_failed() {
  while :; do
    labctl_post_log
    labctl_progress failed '' "$1"
    case $LABCTL_STATUS in 000 | 429 | 5??) labctl_say 'the bastion has not heard why; telling it again in 20 s'; sleep 20 ;; *) break ;; esac
  done
}

run_steps() {
  # What hung in this boot may still write where another attempt would.
  if [ -e "$LABCTL_RUN/hung" ]; then
    echo 'an earlier attempt of this boot hung with a disk, and what is left of it may still write; nothing was touched; switch the machine off and on before another attempt' >"$LABCTL_RUN/failed"
    echo 1 >"$LABCTL_RUN/steps.code"
    return
  fi
  sh -c 'echo $$ >"$1/steps.pid"; . "$0"' "$LABCTL/answer/steps.sh" "$LABCTL_RUN" </dev/null 2>&1
  echo $? >"$LABCTL_RUN/steps.code"
}

# watch_steps PID: until the steps end, and that process has written what they said. Where they say nothing for longer than they told beforehand (their `due`), they hang with a disk, and are given up.
watch_steps() {
  while [ ! -s "$LABCTL_RUN/steps.code" ]; do
    sleep 1
    due='' late=''
    { read -r due late <"$LABCTL_RUN/due"; } 2>/dev/null
    case $due in '' | *[!0-9]*) continue ;; esac
    read -r now _ </proc/uptime
    [ "${now%%.*}" -gt "$due" ] || continue
    : >"$LABCTL_RUN/hung"
    { read -r steps <"$LABCTL_RUN/steps.pid" && kill -9 "$steps"; } 2>/dev/null
    [ -s "$LABCTL_RUN/failed" ] || printf '%s; switch the machine off before another attempt\n' "$late" >"$LABCTL_RUN/failed"
    echo 137 >"$LABCTL_RUN/steps.code"
  done
  read -r ended _ </proc/uptime
  while kill -0 "$1" 2>/dev/null && read -r now _ </proc/uptime && [ $((${now%%.*} - ${ended%%.*})) -lt 3 ]; do sleep 0.1; done
}
