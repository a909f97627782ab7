#!/bin/sh
# pack-hardware.sh FOLDER OUT: what this machine has that metal has by itself, as a cpio: its DMI strings, its disks, and
# /uml/init, which runs before the boot's own start script.
set -eu
stage=$1/hardware
out=$2
here=$(dirname "$0")
rm -rf "$stage"
mkdir -p "$stage/uml/host" "$stage/labctl/dmi"
printf '%s\n' "$SYS_VENDOR" >"$stage/labctl/dmi/sys_vendor"
printf '%s\n' "$PRODUCT_NAME" >"$stage/labctl/dmi/product_name"
printf '%s\n' "$PRODUCT_SERIAL" >"$stage/labctl/dmi/product_serial"
printf '%s\n' "$PRODUCT_UUID" >"$stage/labctl/dmi/product_uuid"
printf '%s\n' "$DISKS" >"$stage/uml/disks"
printf '%s\n' "$FOLDER" >"$stage/uml/folder"
printf '%s\n' "$ROOT" >"$stage/uml/root"
printf '%s\n' "$CLOCK" >"$stage/uml/clock"
cp "$here/init.sh" "$stage/uml/init"
chmod 755 "$stage/uml/init"
cd "$stage"
find . | LC_ALL=C sort | busybox cpio -o -H newc >"$out" 2>/dev/null
rm -rf "$stage"
