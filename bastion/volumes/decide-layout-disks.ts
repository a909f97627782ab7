// Which disk of the machine is which of the layout's.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { DiskRule, Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { decideDisk } from './decide-disk.ts'
import { isDisk } from './disk-identity.ts'
import { bytesForDataExtents, bytesForExtents } from './plan-partitions.ts'
import { extentsNeeded, type GroupWanted } from './plan-volumes.ts'

/** A disk that the layout chose, and what for. */
export interface ChosenDisk { disk: Disk, because: string, role: 'system' | 'data', wanted: GroupWanted }

/** The disk of the system first, then the data disks in the layout's order; no disk is taken twice, and one that a rule names by its identity is taken by no other rule. */
export function decideLayoutDisks(layout: Layout, facts: Facts, wipe: readonly string[]): { chosen: ChosenDisk[], refusals: Refusal[] } {
  const places: { role: 'system' | 'data', rule: DiskRule, wanted: GroupWanted, neededBytes: number }[] = [
    { role: 'system', rule: layout.disk, wanted: layout, neededBytes: bytesForExtents(layout, extentsNeeded(layout)) },
    ...(layout.data ?? []).map(data => ({ role: 'data' as const, rule: data.disk, wanted: data, neededBytes: bytesForDataExtents(extentsNeeded(data)) })),
  ]
  const [chosen, refusals]: [ChosenDisk[], Refusal[]] = [[], []]
  for (const place of places) {
    const named = (rule: DiskRule, disk: Disk): boolean => rule.id !== undefined && isDisk(disk, rule.id)
    const meant = facts.disks.filter(disk => chosen.some(other => other.disk === disk) || (!named(place.rule, disk) && places.some(other => other !== place && named(other.rule, disk))))
    const decision = decideDisk({ rule: place.rule, neededBytes: place.neededBytes, purpose: place.role === 'system' ? '' : `the group ${place.wanted.group}` }, facts, wipe, meant)
    if (decision.kind === 'refused') refusals.push(...decision.refusals)
    else chosen.push({ disk: decision.disk, because: decision.because, role: place.role, wanted: place.wanted })
  }
  return { chosen, refusals }
}
