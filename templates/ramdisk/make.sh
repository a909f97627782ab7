#!/bin/sh
# Runs inside the build root: makes /out/vmlinuz, /out/ramdisk.cpio, /out/kernel-version and, where firmware is in the root, /out/firmware.cpio.
set -eu
export PATH=/usr/sbin:/usr/bin LC_ALL=C
kernel=$(ls /usr/lib/modules)
case $kernel in *[!A-Za-z0-9.+~_-]* | '') echo "Wanted one kernel in the build root, got: $kernel" >&2; exit 1 ;; esac
mkdir -p /out /usr/lib/dracut/modules.d/90labctl /tmp /var/tmp /run
cp /labctl-ramdisk/* /usr/lib/dracut/modules.d/90labctl/
ldconfig
echo 'step modules'
# Debian's modules are xz inside, which the whole's compression can't see through.
find "/usr/lib/modules/$kernel" -name '*.ko.xz' -print0 | xargs -0 -r -n 200 -P "$(nproc)" unxz
depmod "$kernel"
echo 'step dracut'
dracut --force --no-hostonly --no-hostonly-cmdline --no-hostonly-i18n --no-early-microcode --reproducible \
  --modules labctl --omit 'network network-legacy ifcfg' --fwdir /labctl-no-firmware --no-compress \
  --kver "$kernel" /out/ramdisk.cpio > /out/dracut.log 2>&1 || { cat /out/dracut.log >&2; exit 1; }
if grep -q 'dracut-install: ERROR' /out/dracut.log; then grep 'dracut-install: ERROR' /out/dracut.log >&2; exit 1; fi
cp "/boot/vmlinuz-$kernel" /out/vmlinuz
printf '%s\n' "$kernel" > /out/kernel-version
if [ -d /usr/lib/firmware ]; then
  echo 'step firmware'
  cpio --quiet -t < /out/ramdisk.cpio | sed -n 's,.*/kernel/,,;s,^\(.*\)\.ko$,\1,p' > /tmp/names
  sed 's,.*/,,' /tmp/names | xargs -r -n 100 modinfo -k "$kernel" -F firmware 2>/dev/null | sort -u > /tmp/wanted
  cd /
  while IFS= read -r file; do
    for found in usr/lib/firmware/$file; do
      if [ -e "$found" ]; then echo "$found"; readlink -f "$found" | sed 's,^/,,'; fi
    done
  done < /tmp/wanted | sort -u > /tmp/found
  # Each folder before what is in it, as the kernel's unpacker wants.
  mawk -F/ '{ path = $1; for (i = 2; i <= NF; i++) { if (!(path in seen)) { seen[path] = 1; print path } path = path "/" $i } print }' /tmp/found \
    | cpio --quiet -o -H newc -R 0:0 > /out/firmware.cpio
fi
