// Records what is ours on a machine that somebody else installed, once an operator saw it and agreed. Refusals are thrown as BST_REFUSED, with nothing recorded.
import { createHash } from 'node:crypto'
import type { AdoptAnswer, AdoptRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { Machine } from '../machines/machine-store.ts'
import { recordFromFacts } from '../volumes/record-from-facts.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { refused } from './order-actions.ts'

/** What would be recorded; and, with the digest of what was shown, that it is recorded. */
export function adoptMachine(room: BootRoom, machine: Machine, request: AdoptRequest, by: string): AdoptAnswer {
  const role = request.role ?? room.config.install.role
  const layout = room.config.install.layouts[role]
  if (layout === undefined) throw refused([{ code: 'role-unknown', because: `There is no layout for the role ${JSON.stringify(role)}; there are ${Object.keys(room.config.install.layouts).join(', ')}.`, nextStep: 'Use one of those, or add it under install.layouts in bastion.yaml.' }])
  const refusals: Refusal[] = []
  if (machine.differs) refusals.push({ code: 'facts-differ', because: 'The machine’s last report does not agree with what is recorded of it, so it is not known which of the two is meant.', nextStep: 'Compare them, and say which one is right: labctl provision resolve' })
  const open = room.orders.findOpen(machine.id)
  if (open !== null && open.state !== 'failed') refusals.push({ code: 'order-open', because: `The machine has an order: ${open.kind} ${open.name} is ${open.state}; what is ours can’t change under it.`, nextStep: `labctl provision cancel ${open.name}` })
  const decision = recordFromFacts({ facts: machine.facts, layout, machineId: machine.id, ...request.volumes === undefined ? {} : { ours: request.volumes } })
  if (decision.kind === 'refused') refusals.push(...decision.refusals)
  if (decision.kind === 'refused' || refusals.length > 0) throw refused(refusals)
  const { record, notes } = decision
  const digest = createHash('sha256').update(JSON.stringify(record)).digest('hex')
  if (request.shown === undefined) return { recorded: false, record, digest, notes }
  if (request.shown !== digest) throw refused([{ code: 'record-changed', because: 'What would be recorded is not what was shown any more: the machine’s facts or the layout changed in between. Nothing was recorded.', nextStep: `Look at it as it is now: labctl provision adopt ${labelOf(machine)}` }])
  room.records.put(machine.id, record)
  const volumes = record.volumes.map(volume => `${volume.group}/${volume.name} for ${volume.mount}${volume.keep ? ', kept' : ''}`).join('; ')
  room.timeline.put({ machine: machine.id, mac: null, phase: 'operator', evidence: 'operator', text: `${by} had the machine adopted; ours are from now on: ${volumes}.` })
  return { recorded: true, record, digest, notes }
}
