// One plan, several faces: they destroy the same things, make the same things, and nothing that is kept stands in any destructive command.
import * as fc from 'fast-check'
import t from 'tap'
import { commandsOf, type KickstartCommand } from '../../../bastion/install/kickstart-commands.ts'
import { planKickstart } from '../../../bastion/install/plan-kickstart.ts'
import { renderKickstartStorage } from '../../../bastion/install/render-kickstart.ts'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { planStorage, type StorageDecision } from '../../../bastion/volumes/plan-storage.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { factsAfter, writeSteps } from '../../lib/facts-after.ts'
import { ask, machineId, seed } from '../volumes/reprovision-of.ts'
import { situations } from './kickstart-of.ts'
import { anyInstall, anyReprovision } from './random-machines.ts'
import { readSteps } from './read-steps.ts'
import { viewOf } from './steps-of.ts'

t.setTimeout(300_000)

/** A failure names its seed and what was wrong; the machine itself is long. */
const brief: fc.Parameters<unknown> = { reporter: ({ failed, seed, counterexamplePath, errorInstance }) => { if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}`) } }

/** What a face does, by stable names; the plan itself is one of the faces. */
interface Deeds { clearedDisks: string[], madePartitions: string[], formattedPartitions: string[], madeGroups: string[], madeVolumes: string[], formattedVolumes: string[] }
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted()

function planned(plan: StoragePlan): Deeds {
  const partitions = plan.disks.flatMap(disk => disk.planned.map(made => ({ ...made, name: `${disk.byId}-part${made.number}` })))
  const volumes = (...actions: string[]): string[] => sorted(plan.volumes.filter(volume => actions.includes(volume.action)).map(volume => `${volume.group}/${volume.name}`))
  return {
    clearedDisks: sorted(plan.disks.filter(disk => disk.action === 'wipe').map(disk => disk.byId)),
    madePartitions: sorted(partitions.filter(({ action }) => action === 'create').map(({ name }) => name)),
    formattedPartitions: sorted(partitions.filter(({ action, filesystem }) => action !== 'reuse' && filesystem !== null).map(({ name }) => name)),
    madeGroups: sorted(plan.groups.filter(({ action }) => action === 'create').map(({ name }) => name)),
    madeVolumes: volumes('create'), formattedVolumes: volumes('create', 'reformat'),
  }
}

function inSteps(text: string): Deeds & { written: string[], mounted: string[] } {
  const effects = readSteps(text)
  const isVolume = (name: string): boolean => name.includes('/')
  const cleared = sorted([...effects.wipedDisks, ...effects.partitionedDisks])
  return {
    clearedDisks: cleared, madePartitions: sorted(effects.madePartitions), formattedPartitions: sorted([...effects.formatted].filter(name => !isVolume(name))),
    madeGroups: sorted(effects.madeGroups), madeVolumes: sorted(effects.madeVolumes), formattedVolumes: sorted([...effects.formatted].filter(isVolume)),
    written: sorted([...cleared, ...effects.madePartitions, ...effects.cleared, ...effects.formatted, ...effects.physicalVolumes, ...effects.madeVolumes, ...effects.madeGroups]), mounted: sorted(effects.mounted),
  }
}

function inKickstart(commands: readonly KickstartCommand[], { disks }: Facts, plan: StoragePlan): Deeds {
  const diskOf = (path: string): string => path.replace('/dev/disk/by-id/', '')
  const parts = commandsOf(commands, 'part').map(part => {
    const made = plan.disks.flatMap(disk => disk.planned.map(each => ({ ...each, disk: disk.byId })))
    const there = disks.flatMap(disk => disk.partitions.map(seen => ({ seen, disk }))).find(({ seen }) => `PARTUUID=${seen.partUuid?.toLowerCase()}` === part.onPart)
    const role = { biosboot: 'bios-boot', '/boot/efi': 'esp', '/boot': 'boot' }[part.mount] ?? 'lvm'
    const fresh = made.find(each => part.onDisk !== null && each.disk === diskOf(part.onDisk) && each.role === role)
    return { ...part, name: fresh !== undefined ? `${fresh.disk}-part${fresh.number}` : `${plan.disks.find(({ byId }) => there?.disk.byId.includes(byId))?.byId}-part${there?.seen.number}` }
  })
  const volumes = commandsOf(commands, 'logvol')
  const names = (of: typeof volumes): string[] => sorted(of.map(({ group, name }) => `${group}/${name}`))
  return {
    clearedDisks: sorted(commandsOf(commands, 'clearpart').flatMap(({ drives }) => drives).map(diskOf)),
    madePartitions: sorted(parts.filter(({ onDisk }) => onDisk !== null).map(({ name }) => name)),
    formattedPartitions: sorted(parts.filter(({ noFormat, filesystem }) => !noFormat && filesystem !== null && filesystem !== 'biosboot').map(({ name }) => name)),
    madeGroups: sorted(commandsOf(commands, 'volgroup').filter(({ useExisting }) => !useExisting).map(({ name }) => name)),
    madeVolumes: names(volumes.filter(({ useExisting }) => !useExisting)), formattedVolumes: names(volumes.filter(({ noFormat }) => !noFormat)),
  }
}

/** Everything that the plan keeps, under the names that commands would use. Groups that are kept have no volume made in them. */
function keptNames(plan: StoragePlan): { names: Set<string>, groups: Set<string> } {
  const of = (kind: string): string[] => plan.devices.filter(device => device.kind === kind && device.action === 'keep').map(({ name }) => name)
  return { names: new Set([...of('disk'), ...of('partition'), ...of('logical-volume'), ...of('volume-group')]), groups: new Set(of('volume-group')) }
}

const seen = { plans: 0, refused: new Map<string, number>(), kept: 0, reformatted: 0, wiped: 0, data: 0, untold: 0 }
function judge(decision: StorageDecision, layout: Layout, facts: Facts): void {
  if (decision.kind === 'refused') {
    for (const { code } of decision.refusals) seen.refused.set(code, (seen.refused.get(code) ?? 0) + 1)
    return
  }
  const { plan } = decision
  seen.plans++
  const [steps, wanted, { names, groups }] = [inSteps(renderSteps(viewOf(plan))), planned(plan), keptNames(plan)]
  const same = (face: string, deeds: Deeds): void => {
    for (const key of Object.keys(wanted) as (keyof Deeds)[]) if (JSON.stringify(deeds[key]) !== JSON.stringify(wanted[key])) throw new Error(`${face}: ${key} are ${deeds[key].join(' ')}, planned ${wanted[key].join(' ')}`)
  }
  const spares = (face: string, written: readonly string[]): void => {
    for (const name of written) if (names.has(name) || groups.has(name.split('/')[0]!)) throw new Error(`${face}: ${name} is kept, and would be written`)
  }
  same('steps', steps)
  spares('steps', steps.written)
  spares('the plan', Object.values(wanted).flat())
  for (const name of steps.mounted) if (names.has(name)) throw new Error(`${name} is kept, and would be mounted while the image is unpacked`)
  for (const volume of plan.kept) if (!names.has(`${volume.group}/${volume.name}`)) throw new Error(`${volume.group}/${volume.name} is to be proven kept, and is not kept`)
  const told = renderKickstartStorage({ plan, layout, facts })
  if (told.kind === 'refused') {
    if (told.refusals.some(({ code }) => code !== 'kickstart-joined-name')) throw new Error(JSON.stringify(told.refusals))
    seen.untold++
  } else {
    const kickstart = inKickstart(planKickstart({ plan, layout, facts }), facts, plan)
    same('kickstart', kickstart)
    spares('kickstart', Object.values(kickstart).flat())
    const looked = commandsOf(planKickstart({ plan, layout, facts }), 'ignoredisk')[0]!.onlyUse.map(path => path.replace('/dev/disk/by-id/', ''))
    for (const name of looked) if (names.has(name) && !plan.groups.some(group => group.action === 'reuse')) throw new Error(`${name} is kept, and Anaconda would look at it`)
  }
  seen.kept += plan.devices.filter(device => device.kind === 'logical-volume' && device.action === 'keep').length
  seen.reformatted += plan.volumes.filter(volume => volume.action === 'reformat').length
  seen.wiped += plan.disks.filter(disk => disk.mayWipe).length
  seen.data += plan.disks.filter(disk => disk.role === 'data').length
}
const told = (): string => JSON.stringify({ ...seen, refused: Object.fromEntries(seen.refused) })

t.test('installs: the faces agree, and nothing that is kept is in a destructive command', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyInstall, ({ layout, facts, wipe }) => judge(planStorage({ layout, facts, order: { kind: 'install', wipe }, identity: { machineId, seed: seed(1) } }), layout, facts)), { numRuns: 400, ...brief }))
  t.ok(seen.plans > 100 && seen.refused.size > 2 && seen.wiped > 20 && seen.data > 20 && seen.kept > 20, told())
})

t.test('reprovisions: the faces agree, and nothing that is kept is in a destructive command', async t => {
  Object.assign(seen, { plans: 0, refused: new Map(), kept: 0, reformatted: 0, wiped: 0, data: 0, untold: 0 })
  t.doesNotThrow(() => fc.assert(fc.property(anyReprovision, ({ layout, facts, record }) => judge(ask({ layout, facts, record, carryOver: { paths: ['/etc/ssh/ssh_host_*', '/etc/rancher/node/password'], mostMib: 64 } }), layout, facts)), { numRuns: 300, ...brief }))
  t.ok(seen.plans > 100 && seen.kept > 200 && seen.reformatted > 100 && seen.data > 20 && seen.wiped === 0, told())
})

t.test('after a power cut between any two steps the next attempt is planned, keeps what was kept, and the faces agree on it', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyReprovision, fc.nat(), ({ layout, facts, record }, moment) => {
    const first = ask({ layout, facts, record })
    if (first.kind === 'refused') return
    const steps = writeSteps(first.plan)
    const left = factsAfter(first.plan, facts, steps.slice(0, moment % (steps.length + 1)))
    const next = ask({ layout, facts: left, record: recordOfPlan(first.plan, facts, record), seed: seed(3) })
    if (next.kind === 'refused') throw new Error(`after ${steps[moment % (steps.length + 1) - 1]?.name}: ${JSON.stringify(next.refusals)}`)
    const lost = first.plan.kept.filter(({ uuid }) => !next.plan.kept.some(volume => volume.uuid === uuid))
    if (lost.length > 0) throw new Error(`not kept any more: ${lost.map(({ name }) => name).join(' ')}`)
    judge(next, layout, left)
  }), { numRuns: 300, ...brief }))
})

t.test('what reads the steps finds a command that should not be there', async t => {
  t.throws(() => readSteps("run 60 'x' mkfs.ext4 -q /dev/sda1\n"), /can't be read/)
  t.throws(() => readSteps('other() {\n  dd if=/dev/zero of="$disk"\n}\n'), /other:/)
  t.throws(() => readSteps("run 60 'x' lvm lvremove -y 'vg0/home'\n"), /lvremove/)
  const { plan } = situations['reprovision-bios']!()
  const spoilt = `${renderSteps(viewOf(plan))}run 300 'x' mkfs.ext4 -q '/dev/vg0/home'\n`
  t.same(inSteps(spoilt).written.filter(name => keptNames(plan).names.has(name)), ['vg0/home'])
  t.same([...readSteps("find_disk 'A' 's' '1' '512'\npartition_node '3' '1' '2'\np3=$node\nrun 60 'it''s' mkfs.xfs -q -f \"$p3\"\n").formatted], ['A-part3'])
})
