# Speaking on the consoles and to the bastion. Sourced by every script of the overlay and by an install's steps.
# shellcheck shell=sh disable=SC2034,SC2153
LABCTL=${LABCTL:-/labctl}
LABCTL_RUN=${LABCTL_RUN:-/run/labctl}
# shellcheck disable=SC1091
. "$LABCTL/overlay.env"

# labctl_say WORDS: one line, with the seconds since the kernel started, on every console and in the log.
labctl_say() {
  read -r labctl_up _ </proc/uptime
  labctl_line="labctl: $* ($labctl_up s)"
  printf '%s\n' "$labctl_line" >>"$LABCTL_RUN/log"
  [ -z "${LABCTL_LOG:-}" ] || [ -e "$LABCTL_RUN/private" ] || printf '%s\n' "$labctl_line" >>"$LABCTL_RUN/said"
  labctl_ttys=
  if [ "${LABCTL_ON_CONSOLES:-}" = yes ]; then read -r labctl_ttys </sys/class/tty/console/active; fi
  for labctl_tty in $labctl_ttys; do { printf '%s\n' "$labctl_line" >"/dev/$labctl_tty"; } 2>/dev/null; done
  [ -n "$labctl_ttys" ] || printf '%s\n' "$labctl_line"
}

# labctl_fail MESSAGE: says what failed, keeps it for the report to the bastion, and ends this shell with 1.
labctl_fail() {
  printf '%s\n' "$*" >"$LABCTL_RUN/failed"
  labctl_say "failed: $*"
  exit 1
}

# labctl_reason DEFAULT: prints what labctl_fail was last told, once, or DEFAULT.
labctl_reason() {
  if [ -s "$LABCTL_RUN/failed" ]; then head -n 1 "$LABCTL_RUN/failed"; rm -f "$LABCTL_RUN/failed"; else printf '%s\n' "$1"; fi
}

# labctl_plain TEXT: prints it as one line of harmless ASCII, fit for a console and for JSON between quotes.
labctl_plain() {
  case $1 in
    *[!A-Za-z0-9\ .,:\;/_=+@%\(\)-]*) printf '%.600s' "$1" | tr -c 'A-Za-z0-9 .,:;/_=+@%()-' ' ' ;;
    *) printf '%.600s' "$1" ;;
  esac
}

# labctl_curl PATH [OPTIONS of curl]: one call to the bastion, authenticated by its pinned key (-k: the pin decides, dates
# may be wrong). Sets LABCTL_STATUS, 000 for no answer, then LABCTL_WHY says why, and LABCTL_TYPE; the body is in
# $LABCTL_BODY, the headers in $LABCTL_RUN/headers.
labctl_curl() {
  labctl_path=$1
  shift
  LABCTL_BODY=$LABCTL_RUN/body
  labctl_told=$(umask 077; curl -q -k -sS --pinnedpubkey "$LABCTL_PIN" --connect-timeout 10 --max-time "${LABCTL_MAX_SECONDS:-60}" \
    -H "@$LABCTL/bearer.header" -H 'Expect:' -D "$LABCTL_RUN/headers" -o "$LABCTL_BODY" -w '%{http_code} %{content_type}' \
    "$@" "$LABCTL_URL$labctl_path" 2>"$LABCTL_RUN/curl.err")
  labctl_code=$?
  LABCTL_STATUS=${labctl_told%% *} LABCTL_TYPE=${labctl_told#* } LABCTL_WHY=
  [ "$labctl_code" = 0 ] && return 0
  LABCTL_STATUS=000
  read -r LABCTL_WHY <"$LABCTL_RUN/curl.err"
  if [ "$labctl_code" = 90 ]; then LABCTL_WHY='whoever answers there does not hold the key that this boot was given; nothing was sent'; fi
  return 1
}

# labctl_progress PHASE [PERCENT] [MESSAGE]: tells the bastion and the console. Never fails: progress is no reason to stop.
labctl_progress() {
  # What is said from here on may quote settings or a hook: it goes over the pinned channel alone.
  if [ "$1" = configure ]; then : >"$LABCTL_RUN/private"; fi
  labctl_json="\"phase\":\"$(labctl_plain "$1")\",\"attempt\":${LABCTL_ATTEMPT:-1}"
  case ${2:-} in '' | *[!0-9.]*) ;; *) labctl_json="$labctl_json,\"percent\":$2" ;; esac
  [ -z "${3:-}" ] || labctl_json="$labctl_json,\"message\":\"$(labctl_plain "$3")\""
  labctl_say "$1${2:+ $2 %}${3:+ $(labctl_plain "$3")}"
  for labctl_try in 1 2 3; do
    LABCTL_MAX_SECONDS=15 labctl_curl /api/boot/progress -H 'Content-Type: application/json' --data-binary "{$labctl_json}"
    case $LABCTL_STATUS in 000 | 429 | 5??) sleep "$labctl_try" ;; *) break ;; esac
  done
  return 0
}

# labctl_post_log [FILE]: the last 64 KiB of it, or of the log of this boot.
labctl_post_log() {
  tail -c 65536 "${1:-$LABCTL_RUN/log}" >"$LABCTL_RUN/tail" 2>/dev/null
  LABCTL_MAX_SECONDS=20 labctl_curl /api/boot/log -H 'Content-Type: text/plain' --data-binary "@$LABCTL_RUN/tail"
  return 0
}

# labctl_answer_text: what the bastion said in the last answer's body, as one harmless line.
labctl_answer_text() {
  labctl_text=$(head -c 2000 "$LABCTL_BODY" 2>/dev/null | tr '\n' ' ')
  case $LABCTL_TYPE in
    application/problem+json* | application/json*) labctl_text=$(printf '%s' "$labctl_text" | sed -n 's/.*"detail":"\(\([^"\\]\|\\.\)*\)".*"nextStep":"\(\([^"\\]\|\\.\)*\)".*/\1 \3/p; t
        s/.*"detail":"\(\([^"\\]\|\\.\)*\)".*/\1/p') ;;
  esac
  labctl_plain "$labctl_text"
}
