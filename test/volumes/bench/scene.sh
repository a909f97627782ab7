# Words for the scripts of scenarios. Sourced.
# shellcheck shell=sh
P1=/dev/sda1 P2=/dev/sda2 P3=/dev/sda3 P4=/dev/sda4
export P1 P2 P3 P4

# active GROUP: its volumes can be used, those too that are not to be activated by themselves.
active() {
  lvm vgchange --devicesfile '' -ay -K "$1" >/dev/null 2>&1 || lvm vgchange --devicesfile '' -ay -K --activationmode partial "$1" >/dev/null
  udevadm settle --timeout=20
}

# seed DEVICE NAME: files with checksums on its file system; says so, for the check afterwards.
seed() {
  mkdir -p /run/lab/seed
  mount "$1" /run/lab/seed || return 1
  mkdir -p "/run/lab/seed/data of $2/deeper"
  head -c 20000 /dev/urandom >"/run/lab/seed/data of $2/small"
  head -c 1300000 /dev/urandom >"/run/lab/seed/data of $2/deeper/large"
  echo "sentinel of $2" >"/run/lab/seed/sentinel"
  ln -s sentinel /run/lab/seed/link
  (cd /run/lab/seed && find . -type f ! -name SHA256SUMS -exec sha256sum {} + >/run/lab/SHA256SUMS && mv /run/lab/SHA256SUMS SHA256SUMS)
  umount /run/lab/seed || return 1
  uuid=$(lvm lvs --devicesfile '' --noheadings -o lv_uuid "$1" 2>/dev/null | tr -d ' ')
  [ -z "$uuid" ] || echo "seeded|$uuid|$2"
}

# check_seed LV-UUID NAME: every file is there, with its checksum.
check_seed() {
  path=$(lvm lvs --devicesfile '' --noheadings -o lv_path --select "lv_uuid=$1" 2>/dev/null | tr -d ' ')
  [ -n "$path" ] || { echo "lost|$2|the volume is not there"; return; }
  mkdir -p /run/lab/seed
  # A journal is replayed, and xfs clears the unused part of its log, even when it is mounted read-only.
  case $(blkid -p -s TYPE -o value "$path") in
    xfs) seed_options=ro,norecovery ;;
    ext4) seed_options=ro,noload ;;
    *) seed_options=ro ;;
  esac
  mount -o "$seed_options" "$path" /run/lab/seed 2>/run/lab/mount.err || { echo "lost|$2|it cannot be mounted: $(tr '\n' ' ' </run/lab/mount.err)"; return; }
  if [ ! -s /run/lab/seed/SHA256SUMS ]; then echo "lost|$2|its list of files is gone"
  elif ! (cd /run/lab/seed && sha256sum -c --quiet SHA256SUMS) >/run/lab/sums 2>&1; then echo "lost|$2|$(tr '\n' ' ' </run/lab/sums)"; fi
  umount /run/lab/seed
}

# expect WHAT COMMAND...: a check of a scenario.
expect() {
  expected=$1
  shift
  "$@" >/run/lab/expect.out 2>&1 || { echo "unexpected|$expected|$(tr '\n' ' ' </run/lab/expect.out)"; return 1; }
}

# system_on ROOT-VOLUME NAME: mounts the new system's root on /mnt; what the node needs again is there, and it is NAME.
check_system() {
  mount -o ro "$1" /mnt || { echo "unexpected|the new root can be mounted|"; return; }
  expect "the root is that of $2" grep -qx "$2" /mnt/etc/lab-os
  if [ "$3" = carried ]; then
    expect 'nothing of the former system is left' test ! -e /mnt/etc/former-system
    expect 'the SSH host keys are the former ones' grep -q 'former private ed25519' /mnt/etc/ssh/ssh_host_ed25519_key
    expect 'the public host keys are the former ones' grep -q 'former public ecdsa' /mnt/etc/ssh/ssh_host_ecdsa_key.pub
    expect 'the node password is the former one' grep -qx former-password /mnt/etc/rancher/node/password
    expect 'the node password is for nobody else to read' test "$(stat -c %a /mnt/etc/rancher/node/password)" = 600
  fi
  umount /mnt
}
