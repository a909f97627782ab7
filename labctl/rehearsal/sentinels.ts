// Files that prove that a machine's data survived, and marks that prove that its system did not.

/** Where sentinels are written, where such a volume is mounted. */
export const sentinelPlaces = ['/home', '/srv', '/var/lib/longhorn', '/var/lib/rancher'] as const

/** What a machine says of itself: the sentinels, a line each, and what a new system makes anew. */
export interface Witness { sentinels: string[], places: string[], rootUuid: string, machineId: string, bootId: string, leftOnRoot: boolean }

const list = `
cd /
for place in ${sentinelPlaces.join(' ')}; do
  mountpoint -q "$place" || continue
  echo "place $place"
  find "$place/labctl sentinel" ! -type d | LC_ALL=C sort | while IFS= read -r file; do
    if [ -L "$file" ]; then sum=$(readlink "$file"); else sum=$(sha256sum <"$file" | cut -d ' ' -f 1); fi
    echo "file $file $(stat -c '%s %a %u:%g %Y' "$file") $sum"
  done
done
echo "root $(findmnt -n -o UUID /)"
echo "machine $(cat /etc/machine-id)"
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
if [ -e /labctl-sentinel-on-root ] || [ -e /var/labctl-sentinel ]; then echo left-on-root; fi
`

/** Writes them: random bytes, an empty file, a name that needs quoting, a link, owners, modes and an old date. */
export const writeSentinelsScript = `set -eu
for place in ${sentinelPlaces.join(' ')}; do
  mountpoint -q "$place" || continue
  folder="$place/labctl sentinel/a b"
  mkdir -p "$folder"
  head -c 5000000 /dev/urandom >"$folder/random"
  : >"$folder/empty"
  echo "of $place" >"$folder/it's \\"quoted\\""
  ln -sfn random "$folder/link"
  chmod 0640 "$folder/random"
  chown 4711:4712 "$folder/random"
  touch -d 2001-02-03T04:05:06Z "$folder/empty"
done
echo gone >/labctl-sentinel-on-root
echo gone >/var/labctl-sentinel
sync
${list}`

/** Only looks. */
export const readSentinelsScript = `set -eu${list}`

/** What either script printed. */
export function parseWitness(text: string): Witness {
  const lines = text.split('\n')
  const after = (word: string) => lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1))
  return { sentinels: after('file'), places: after('place'), rootUuid: after('root')[0] ?? '', machineId: after('machine')[0] ?? '', bootId: after('boot')[0] ?? '', leftOnRoot: lines.includes('left-on-root') }
}

/** What is wrong after a reprovision, a sentence each; nothing when the data is the same and the system another. */
export function judgeWitness(before: Witness, after: Witness): string[] {
  const wrong = before.sentinels.filter(line => !after.sentinels.includes(line)).map(line => `changed or gone: ${line}`)
  if (before.sentinels.length === 0) wrong.push('no sentinel had been written')
  if (after.sentinels.length !== before.sentinels.length) wrong.push(`${before.sentinels.length} sentinels were written, ${after.sentinels.length} are there`)
  if (after.rootUuid === '' || after.rootUuid === before.rootUuid) wrong.push(`the root file system is the same as before: ${after.rootUuid}`)
  if (after.machineId === '' || after.machineId === before.machineId) wrong.push(`the machine-id is the same as before: ${after.machineId}`)
  if (after.leftOnRoot) wrong.push('files of the old system are still there')
  return wrong
}
