import { pack } from 'tar-stream'
import type { InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { planSteps } from '../install/plan-steps.ts'
import { renderSteps } from '../install/render-steps.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { makeBootstrap } from '../enrollment/make-bootstrap.ts'
import type { BootRoom } from './boot-room.ts'

/** What a report is answered: keep waiting, or install by this plan. */
export type Answer = { kind: 'wait' } | { kind: 'install', room: BootRoom, order: StoredOrder, plan: InstallPlan, steps: string }

/** The answer to the facts, as a tar archive that the RAM disk unpacks: `kind`, and for an install the steps, the plan and the bootstrap config, readable by root only. */
export async function packAnswer(answer: Answer): Promise<Buffer> {
  const archive = pack()
  const add = (name: string, mode: number, content: string) => { archive.entry({ name, mode }, content) }
  add('kind', 0o600, `${answer.kind}\n`)
  if (answer.kind === 'install') {
    const { room, order, plan, steps } = answer
    add('steps.sh', 0o700, steps)
    add('plan.json', 0o600, JSON.stringify(plan))
    add('bootstrap.json', 0o600, `${JSON.stringify(makeBootstrap({ name: order.name, controlUrl: room.controlUrl, pins: room.pins }), null, 2)}\n`)
  }
  archive.finalize()
  return Buffer.concat(await Array.fromAsync(archive) as Buffer[])
}

/** The script of an install, written before the order is consumed: what can fail, fails with nothing changed. Refuses (`BST_IMAGE_MISSING`) when the image has gone. */
export function stepsOf(room: BootRoom, order: StoredOrder, plan: InstallPlan, mac: string): string {
  const { config } = room
  const os = room.findOs(order.os)
  const tar = os?.files.find(file => file.name === 'image.tar')
  const streamed = os?.files.find(file => file.name === `image.${config.os.stream}`)
  if (os === null || os.kernel === null || tar === undefined || streamed === undefined) throw new BastionError('BST_IMAGE_MISSING', `The image of ${order.os} is not there any more.`, { nextStep: `labctl os add ${order.os}` })
  return renderSteps(planSteps({
    plan: plan.storage, machine: { name: order.name, mac }, order: { id: order.id, attempt: order.attempt, os: order.os },
    image: { url: `${room.bootUrl}/os/${order.os}/${streamed.name}`, sha256: streamed.sha256, sizeBytes: streamed.sizeBytes, tarBytes: tar.sizeBytes, compressed: config.os.stream !== 'tar', kernel: os.kernel },
    settings: { authorizedKeys: config.install.authorizedKeys, timezone: config.install.timezone, consoles: config.ramdisk.console, kernelArguments: config.ramdisk.arguments, bootOrder: config.install.bootOrder },
  }))
}
