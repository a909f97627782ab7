// The record of a machine as it came from outside, for planning from files: as the bastion keeps it, or as a person writes it.
import type { Layout } from '../../protocol/layout.ts'
import type { RecordFile, StorageRecord } from '../../protocol/storage-record.ts'
import { taggedMachine } from './choose-ours.ts'
import { recordFromFacts, type RecordDecision } from './record-from-facts.ts'

/** Stands for a machine that has no id of ours. */
export const unknownMachine = '00000000-0000-0000-0000-000000000000'

/** The record, or why none can be read off the facts in it. */
export function recordGiven(given: RecordFile | StorageRecord, layout: Layout): RecordDecision {
  if (!('facts' in given)) return { kind: 'record', record: given, notes: [] }
  const machineId = given.machineId ?? taggedMachine(given.facts) ?? unknownMachine
  return recordFromFacts({ facts: given.facts, layout, machineId, ...given.volumes === undefined ? {} : { ours: given.volumes } })
}
