import { pack } from 'tar-stream'
import { renderInstall } from '../install/render-install.ts'
import type { InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { makeBootstrap } from '../enrollment/make-bootstrap.ts'
import type { BootRoom } from './boot-room.ts'

/** What a report is answered: keep waiting, or install by this plan. */
export type Answer = { kind: 'wait' } | { kind: 'install', room: BootRoom, order: StoredOrder, plan: InstallPlan, mac: string }

/** The answer to the facts, as a tar archive that the RAM disk unpacks: `kind`, and for an install the steps, the plan and the bootstrap config, readable by root only. */
export async function packAnswer(answer: Answer): Promise<Buffer> {
  const archive = pack()
  const add = (name: string, mode: number, content: string) => { archive.entry({ name, mode }, content) }
  add('kind', 0o600, `${answer.kind}\n`)
  if (answer.kind === 'install') {
    const { room, order, plan } = answer
    const os = room.findOs(order.os)!
    add('steps.sh', 0o700, renderInstall({ config: room.config, order, plan, os, mac: answer.mac, bootUrl: room.bootUrl, controlUrl: room.controlUrl, pins: room.pins }))
    add('plan.json', 0o600, JSON.stringify(plan))
    add('bootstrap.json', 0o600, `${JSON.stringify(makeBootstrap({ name: order.name, controlUrl: room.controlUrl, pins: room.pins }), null, 2)}\n`)
  }
  archive.finalize()
  return Buffer.concat(await Array.fromAsync(archive) as Buffer[])
}
