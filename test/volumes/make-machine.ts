// Makes a healthy machine, once; scenarios begin with copies of its images and of the bastion's rows.
import { join } from 'node:path'
import { makeImage } from './disk.ts'
import { benchMac } from './bench/bench.ts'
import { imageFolder, type Identity, type Lab } from './lab.ts'
import type { RowsOf } from './machine-rows.ts'
import type { LabMachine } from './scenario.ts'

/** A machine that was made: its images, what the bastion knows of it, and the volumes with sentinels. */
export interface MadeMachine { machine: LabMachine, identity: Identity, folder: string, rows: RowsOf, seeded: { uuid: string, name: string }[] }

/** Makes machines when they are first asked for, whichever lab asks. */
export class MadeMachines {
  readonly #made = new Map<string, Promise<MadeMachine>>()

  get(lab: Lab, machine: LabMachine): Promise<MadeMachine> {
    const key = JSON.stringify(machine)
    const made = this.#made.get(key) ?? makeMachine(lab, machine, `made-${this.#made.size}`)
    this.#made.set(key, made)
    return made
  }
}

async function makeMachine(lab: Lab, machine: LabMachine, name: string): Promise<MadeMachine> {
  const folder = imageFolder(lab, name)
  const identity: Identity = { uuid: identityUuid(name), serial: `LAB-${name}`, firmware: machine.firmware ?? 'bios' }
  for (const disk of machine.disks) makeImage(folder, disk)
  lab.rows.restore(null)
  await lab.attach(folder, machine.disks)
  let said = ''
  const script = async (text: string | undefined) => {
    if (text !== undefined) said += await lab.bench.must(`set -e\n${text}\nset +e\nlet_go_of_disks`, 120)
  }
  if (machine.made !== 'install') await script(machine.build)
  if (machine.made === 'install') {
    await booted(lab, identity, 'waits', machine)
    await lab.api('POST', '/api/install', { machine: benchMac, name: 'lab', role: machine.role, os: 'lab-one', wipe: machine.disks.map(disk => disk.serial) })
    await booted(lab, identity, 'rebooted', machine)
    await script(machine.added)
  } else {
    // Its users' things are there before it is seen: nobody reports an adopted machine anew.
    await script(machine.added)
    await booted(lab, identity, 'waits', machine)
    if (machine.adopt !== undefined) await adopt(lab, machine)
  }
  await lab.detach()
  const seeded = [...said.matchAll(/^seeded\|([^|]+)\|(.*)$/gm)].map(([, uuid, volume]) => ({ uuid: uuid!, name: volume! }))
  return { machine, identity, folder, rows: lab.rows.take(), seeded }
}

async function booted(lab: Lab, identity: Identity, wanted: string, machine: LabMachine): Promise<void> {
  const end = await lab.boot(identity)
  if (end.outcome !== wanted) throw new Error(`the machine ${machine.id} could not be made: its boot ended with ${end.outcome}, not ${wanted}:\n${end.log.slice(-4000)}\n${JSON.stringify(end.refusals)}`)
}

async function adopt(lab: Lab, machine: LabMachine): Promise<void> {
  const path = `/api/machines/${benchMac}/adopt`
  const wish = { role: machine.role, volumes: machine.adopt }
  const { body } = await lab.api<{ digest: string }>('POST', path, wish)
  await lab.api('POST', path, { ...wish, shown: body.digest })
}

function identityUuid(name: string): string {
  const hex = Buffer.from(name.padEnd(12, '-')).toString('hex').slice(-12)
  return `5e9b7a10-0000-4000-8000-${hex}`
}

/** Where a scenario's images are. */
export function scenarioFolder(lab: Lab, id: string): { now: string, before: string } {
  return { now: imageFolder(lab, join('runs', id, 'now')), before: imageFolder(lab, join('runs', id, 'before')) }
}
