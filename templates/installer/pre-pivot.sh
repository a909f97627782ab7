# Sourced by dracut right before it leaves the initramfs, of which only /run is left then (dracut.modules(7), pre-pivot).
# shellcheck shell=sh
if [ -d /labctl ]; then
  mkdir -p /run/labctl && chmod 0700 /run/labctl && rm -rf /run/labctl/overlay && cp -a /labctl /run/labctl/overlay
fi
