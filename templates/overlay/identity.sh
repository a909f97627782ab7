# The clock, and the machine's own key.
# shellcheck shell=sh

# What the clocks said before is a fact (an empty battery shows); then the bastion's time is taken, once.
set_clock() {
  [ -e "$LABCTL_RUN/clock" ] && return 0
  date +%s >"$LABCTL_RUN/clock"
  rtc=''
  for file in /sys/class/rtc/rtc*/since_epoch; do { read -r rtc <"$file" && break; } 2>/dev/null; done
  echo "$rtc" >"$LABCTL_RUN/rtc"
  date -u -s "@$LABCTL_EPOCH" >/dev/null || labctl_say 'the clock cannot be set'
}

# P-256, made once per boot, never leaves this machine but onto its own disk.
make_key() {
  [ -s "$LABCTL/machine.key" ] && [ -s "$LABCTL_RUN/public-key.pem" ] && return 0
  (
    umask 077
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve -out "$LABCTL/machine.key" 2>>"$LABCTL_RUN/log" &&
      openssl pkey -in "$LABCTL/machine.key" -pubout -out "$LABCTL_RUN/public-key.pem" 2>>"$LABCTL_RUN/log"
  )
}
