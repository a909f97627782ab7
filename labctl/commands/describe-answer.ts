import type { BastionClient } from '../client/bastion-client.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderHarmlessLines } from '../output/render-harmless.ts'
import { renderReference } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { planOf } from './show-plan.ts'

/** Shows what a machine gets when it asks for its open order, made of what it reported last; password hashes are not shown. Refuses (`refused`) a machine without an order that writes a system. */
export async function describeAnswer(session: Session, bastion: BastionClient, reference: string): Promise<void> {
  const { machine, orders } = await bastion.machine(reference)
  const open = orders.find(({ state }) => state !== 'done' && state !== 'cancelled')
  if (open === undefined || (open.kind !== 'install' && open.kind !== 'reprovision')) {
    const why = open === undefined ? 'has no open order' : `is to ${open.kind}, which writes no system`
    throw new LabctlError('refused', 'no-answer', `${renderReference(machine)} ${why}.`, { nextStep: `labctl provision plan ${reference} -o kickstart --os NAME` })
  }
  const tree = (await bastion.sources()).find(({ name }) => name === open.os)?.kind === 'tree'
  const { text } = planOf(await bastion.plan({ machine: reference, order: open.kind, retry: true, face: tree ? 'kickstart' : 'shell' }))
  const lines = (text ?? '').trimEnd()
  session.terminal.print(session.terminal.live ? renderHarmlessLines(lines) : lines)
}
