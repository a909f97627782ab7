import { pack } from 'tar-stream'
import { makeBootstrap } from '../enrollment/make-bootstrap.ts'
import type { InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { BootRoom } from './boot-room.ts'

/** What a report is answered: keep waiting, install or reprovision by this plan (by steps, or by Anaconda), let people in, or erase disks. */
export type Answer =
  | { kind: 'wait' }
  | { kind: 'install', room: BootRoom, order: StoredOrder, plan: InstallPlan, steps: string }
  | { kind: 'kickstart', room: BootRoom, order: StoredOrder, plan: InstallPlan, files: Readonly<Record<string, string>> }
  | { kind: 'rescue', authorizedKeys: readonly string[] }
  | { kind: 'erase', plan: unknown, steps: string }

/** The answer to the facts, as a tar archive that the RAM disk unpacks: `kind`, and what belongs to it, readable by root only. */
export async function packAnswer(answer: Answer): Promise<Buffer> {
  const archive = pack()
  const add = (name: string, mode: number, content: string) => { archive.entry({ name, mode }, content) }
  add('kind', 0o600, `${answer.kind}\n`)
  if (answer.kind === 'install') add('steps.sh', 0o700, answer.steps)
  if (answer.kind === 'kickstart') for (const [name, content] of Object.entries(answer.files)) add(name, 0o600, content)
  if (answer.kind === 'install' || answer.kind === 'kickstart') {
    const { room, order, plan } = answer
    add('plan.json', 0o600, JSON.stringify({ disk: plan.disk, storage: plan.storage }))
    add('bootstrap.json', 0o600, `${JSON.stringify(makeBootstrap({ name: order.name, controlUrl: room.controlUrl, pins: room.pins }), null, 2)}\n`)
  }
  if (answer.kind === 'rescue') add('authorized_keys', 0o600, answer.authorizedKeys.map(key => `${key}\n`).join(''))
  if (answer.kind === 'erase') {
    add('steps.sh', 0o700, answer.steps)
    add('plan.json', 0o600, JSON.stringify(answer.plan))
  }
  archive.finalize()
  return Buffer.concat(await Array.fromAsync(archive) as Buffer[])
}
