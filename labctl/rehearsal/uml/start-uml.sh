#!/bin/sh
# start-uml.sh TREE ARGUMENT...: User-Mode Linux with its own libc, in a private mount and PID namespace made by the caller.
set -eu
tree=$1
shift
mount --rbind / "$tree/host"
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
cd /
HOME=/tmp TMPDIR=/dev/shm exec chroot "$tree" /usr/bin/linux.uml "$@"
