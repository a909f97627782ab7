// A record in either form: as the bastion keeps it, or as a person writes it, with the facts of the healthy machine.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { RecordFile, StorageRecord } from '../../protocol/storage-record.ts'
import { taggedMachine } from './choose-ours.ts'
import { deriveUuid } from './derive-uuid.ts'
import { judgeRecord } from './judge-record.ts'
import { recordFromFacts, type RecordDecision } from './record-from-facts.ts'

/** The record that a file means, or why it means none. Where it names no machine, that of the volumes' tags, else one of its own. */
export function parseRecord(file: RecordFile | StorageRecord, layout: Layout): RecordDecision {
  if ('facts' in file) {
    const { facts, volumes, machineId = taggedMachine(facts) ?? inventMachine(facts) } = file
    return recordFromFacts({ facts, layout, machineId, ...volumes === undefined ? {} : { ours: volumes } })
  }
  const refusals = judgeRecord(file, file.machineId)
  return refusals.length > 0 ? { kind: 'refused', refusals } : { kind: 'record', record: file, notes: [] }
}

/** The same id for the same machine, which has none. */
function inventMachine(facts: Facts): string {
  return deriveUuid('00000000-0000-0000-0000-000000000000', JSON.stringify([facts.system.uuid, facts.system.serial, facts.lvm.volumeGroups.map(group => group.uuid).toSorted()]))
}
