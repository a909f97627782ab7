// A simulated machine that a loopback bastion has installed: with a record, volumes to keep, and the facts that go on from there.
import type { Test } from 'tap'
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { MachineDetail, Order } from '../../protocol/machines.ts'
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { extract } from 'tar-stream'
import { factsAfter, writeSteps } from './facts-after.ts'
import { SimulatedMachine, startLoopbackBastion, type Answer, type LoopbackBastion } from './loopback-bastion.ts'
import { reportFiles } from './report-files.ts'

/** / and /home, /home kept. */
export const keepingLayout: Layout = {
  disk: { pick: 'only' }, group: 'vg0', bootMib: 512, espMib: 256,
  volumes: [
    { name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 8192, keep: false }, { name: 'home', mount: '/home', filesystem: 'ext4', sizeMib: 2048, keep: true },
    { name: 'srv', mount: '/srv', filesystem: 'xfs', sizeMib: 4096, keep: true },
  ],
}

/** The files of an answer. */
export async function filesOf(answer: Answer): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const archive = extract()
  archive.end(answer.body)
  for await (const entry of archive) files[entry.header.name] = Buffer.concat(await Array.fromAsync(entry) as Buffer[]).toString()
  return files
}

/** What operators are told of a machine. */
export const detailOf = async (bastion: LoopbackBastion, machine: string): Promise<MachineDetail> => (await bastion.control('GET', `/api/machines/${machine}`)).json() as unknown as MachineDetail

/** A bastion and one machine, with the facts that the machine would report now. */
export class MachineUnderOrders {
  readonly bastion: LoopbackBastion
  readonly machine: SimulatedMachine
  facts!: Facts

  constructor(bastion: LoopbackBastion, machine: SimulatedMachine) {
    this.bastion = bastion
    this.machine = machine
  }

  detail(): Promise<MachineDetail> {
    return detailOf(this.bastion, this.machine.mac)
  }

  post(path: string, body: object): Promise<Answer> {
    return this.bastion.control('POST', path, body)
  }

  /** Takes a volume out of the facts, as lvremove would. */
  lose(name: string): void {
    const { lvm } = this.facts
    const lost = lvm.logicalVolumes.find(volume => volume.name === name)!
    lvm.logicalVolumes = lvm.logicalVolumes.filter(volume => volume !== lost)
    for (const place of [...lvm.volumeGroups, ...lvm.physicalVolumes]) place.freeBytes += lost.sizeBytes
  }

  /** Puts a volume into the facts that no layout knows. */
  add(name: string, sizeBytes = 2 ** 30): void {
    const { lvm } = this.facts
    const [group] = lvm.volumeGroups
    lvm.logicalVolumes.push({ group: group!.name, groupUuid: group!.uuid, name, uuid: 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000000', sizeBytes, segmentType: 'linear', attributes: '-wi-------', origin: null, pool: null, tags: [], signature: { type: 'ext4', uuid: '99999999-9999-4999-8999-999999999999', label: null } })
    for (const place of [...lvm.volumeGroups, ...lvm.physicalVolumes]) place.freeBytes -= sizeBytes
  }

  /** What an order would do, by the bastion. */
  async plan(more: object = {}): Promise<PlanAnswer> {
    return (await this.post('/api/plan', { machine: this.machine.mac, order: 'reprovision', ...more })).json() as PlanAnswer
  }

  /** Its digest; where it is refused, the codes. */
  async digest(more: object = {}): Promise<string> {
    const answer = await this.plan(more)
    return answer.kind === 'plan' ? answer.digest : answer.refusals.map(({ code }) => code).join(' ')
  }

  /** Shows the plan and orders it. */
  async reprovision(more: object = {}): Promise<Answer> {
    const { shown = await this.digest(more), ...rest } = more as { shown?: string }
    return this.post('/api/reprovision', { machine: this.machine.mac, shown, ...rest })
  }

  /** Boots with an order, as far as the answer to the facts. */
  async boot(): Promise<Answer> {
    await this.machine.overlay(await this.machine.dispatch())
    return this.report()
  }

  async report(): Promise<Answer> {
    return this.machine.facts(await this.machine.report(reportFiles(this.facts)))
  }

  readonly filesOf = filesOf

  /** The facts from after the first `done` writes of a plan: the power was cut. */
  cut({ storage }: { storage: StoragePlan }, done: number): void {
    this.facts = factsAfter(storage, this.facts, writeSteps(storage).slice(0, done))
  }

  /** Does what the answer says, up to its end; the facts are those from after it. `between`: what happens before each word. */
  async obey(answer: Answer, between: () => Promise<void> = () => Promise.resolve()): Promise<StoragePlan> {
    const { storage } = JSON.parse((await filesOf(answer))['plan.json']!) as { storage: StoragePlan }
    const say = async (phase: string): Promise<void> => {
      await between()
      await this.machine.progress(phase)
    }
    await say('disks')
    this.facts = factsAfter(storage, this.facts)
    for (const phase of ['image', 'configure']) await say(phase)
    await between()
    const told = await this.machine.installed(await this.machine.report(reportFiles(this.facts)))
    if (told.status !== 204) throw new Error(`The report after the installation was answered ${told.status}: ${told.body.toString()}`)
    await say('reboot')
    return storage
  }

  async order(): Promise<Order> {
    return (await this.detail()).orders[0]!
  }
}

/** A discovered machine with one empty disk of 40 GiB. */
export async function discoveredMachine(t: Test, config: Record<string, Record<string, unknown>> = {}): Promise<MachineUnderOrders> {
  const bastion = await startLoopbackBastion(t, { ...config, install: { layouts: { worker: keepingLayout }, authorizedKeys: ['ssh-ed25519 AAAA test'], ...config['install'] } })
  const machine = new SimulatedMachine(bastion, 1)
  const under = new MachineUnderOrders(bastion, machine)
  await machine.discover()
  under.facts = (await under.detail()).facts!
  return under
}

/** The same machine, installed as worker-1. */
export async function installedMachine(t: Test, config: Record<string, Record<string, unknown>> = {}): Promise<MachineUnderOrders> {
  const under = await discoveredMachine(t, config)
  await under.post('/api/install', { machine: under.machine.mac, name: 'worker-1' })
  await under.obey(await under.boot())
  return under
}
