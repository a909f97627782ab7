// Decides which disks an erase empties, from what the machine reported this minute; or every reason why not.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { diskName, describeDisk } from '../volumes/disk-identity.ts'
import { bundles } from '../volumes/judge-contents.ts'
import type { ErasedDisk } from './erase-view.ts'
import { judgeErase, plainSerial } from './judge-erase.ts'

const spanning = { 'volume group': 'group-spans-disks', 'RAID array': 'raid-spans-disks', pool: 'members-elsewhere' } as const

/** The disks named, as the steps find them. `serial`: as typed again, or stored with the order since. Refused are disks that have another serial, disks that are not known for certain, read-only ones, and a group, array or pool of which a part would stay behind. */
export function planErase(facts: Facts, wanted: readonly { disk: string, serial: string }[]): { kind: 'plan', disks: ErasedDisk[] } | { kind: 'refused', refusals: Refusal[] } {
  const judged = judgeErase(facts, wanted)
  if (judged.kind === 'refused') return judged
  const named = facts.disks.filter(disk => judged.byIds.includes(diskName(disk) ?? ''))
  const refusals: Refusal[] = named.filter(disk => disk.readOnly).map(disk => ({ code: 'disk-read-only', because: `${describeDisk(disk)} is read-only.`, nextStep: 'Look for a write-protect switch, or replace the disk.' }))
  for (const { kind, name, disks, elsewhere } of bundles(facts)) {
    const spared = [...disks.filter(disk => !named.includes(disk)).map(describeDisk), ...elsewhere]
    if (spared.length === 0 || spared.length === disks.length + elsewhere.length) continue
    refusals.push({
      code: spanning[kind],
      because: `The ${kind} ${name} lies on ${disks.filter(disk => named.includes(disk)).map(diskName).join(', ')} and also on ${spared.join('; ')}, which is not to be erased: a part of it would stay behind, of no use.`,
      nextStep: `Name every disk of it: ${disks.map(disk => `--disk ${diskName(disk) ?? disk.name}`).join(' ')}${elsewhere.length === 0 ? '' : '. What is missing must be reconnected, or the group or array taken apart by hand: labctl provision rescue'}`,
    })
  }
  if (refusals.length > 0) return { kind: 'refused', refusals }
  return { kind: 'plan', disks: named.map(disk => ({ byId: diskName(disk)!, serial: plainSerial(disk.serial!), sizeBytes: disk.sizeBytes, logicalSectorBytes: disk.logicalSectorBytes })) }
}
