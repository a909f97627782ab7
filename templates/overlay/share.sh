# What the kernel and this RAM disk say, to the bastion's log intake: in the clear, so that it is there when nothing else
# is. From an install's configuration on, what is said may quote settings or a hook, and only the kernel's lines go.
# shellcheck shell=sh

share_log() {
  [ -n "${LABCTL_LOG:-}" ] && [ ! -p "$LABCTL_RUN/share" ] && command -v nc >/dev/null && mkfifo -m 0600 "$LABCTL_RUN/share" || return 0
  : >>"$LABCTL_RUN/said"
  # A pipe that is open both ways never breaks: what cannot be sent yet waits in it, in the file, and in the kernel's own buffer.
  {
    exec 5<>"$LABCTL_RUN/share"
    { exec 3<"${LABCTL_KMSG:-/dev/kmsg}" && while :; do cat <&3 >&5; sleep 5; done; } &
    tail -n +1 -f "$LABCTL_RUN/said" >&5 &
    while :; do
      nc "${LABCTL_LOG%:*}" "${LABCTL_LOG##*:}" <"$LABCTL_RUN/share"
      sleep "${LABCTL_SHARE_PAUSE:-10}"
    done
  } </dev/null >/dev/null 2>&1 &
}
