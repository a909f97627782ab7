// What became of the disks when an order ended: every byte outside what its plan names, every file on every kept volume, and the new system.
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { compareImages } from './compare-images.ts'
import type { LabDisk } from './disk.ts'
import { mayChange, outside } from './judge-changes.ts'
import type { Lab } from './lab.ts'
import type { MadeMachine } from './make-machine.ts'
import { nameRanges, parsePlaces, type Place } from './places.ts'
import type { LabOrder } from './scenario.ts'

/** An order that has ended, whichever way; the images as they were before it, and as they are. */
export interface Ending { machine: MadeMachine, order: LabOrder, disks: readonly LabDisk[], now: string, before: string, placesBefore: Place[] }

/** See the file's first line. `untouched`: nothing at all may have changed. `check`: shell for the guest, with every group active. */
export async function judgeDone(lab: Lab, ending: Ending & { done: boolean, untouched?: boolean, check?: string, replayed?: readonly string[] }): Promise<{ problems: string[], bytesLost: number }> {
  const { now, before, disks, placesBefore } = ending
  const plan = ending.untouched === true ? null : lab.rows.planOf()
  const files = [...new Set([...ending.machine.machine.disks, ...disks].map(disk => disk.file))]
  // Compared before anybody looks: activating a mirror or a cache writes into its own metadata.
  const changed = new Map(files.map(file => [file, compareImages(join(before, file), join(now, file))]))
  const after = plan === null ? { places: [], problems: [] } : await lookAfterwards(lab, ending, plan)
  const problems = [...after.problems]
  let bytesLost = 0
  for (const file of files) {
    const { serial } = [...disks, ...ending.machine.machine.disks].find(disk => disk.file === file)!
    const places = [...placesBefore, ...after.places]
    const lost = outside(changed.get(file)!, plan === null ? [] : mayChange(plan, serial, places, ending.replayed))
    if (plan !== null && plan.disks.every(planned => planned.action !== 'wipe') && !tableOf(join(before, file)).equals(tableOf(join(now, file)))) problems.push(`the partition table in the first sector of ${serial} is another one`)
    bytesLost += lost.reduce((sum, { from, to }) => sum + to - from, 0)
    for (const { name, bytes, from } of nameRanges(serial, lost, places)) problems.push(`${bytes} bytes changed in ${name} of ${serial}, from byte ${from}`)
  }
  return { problems, bytesLost }
}

/** What the first sector holds beside boot code: the disk's signature, and the protective table (UEFI specification, 5.2.3). */
function tableOf(path: string): Buffer {
  const sector = Buffer.alloc(512)
  const file = openSync(path, 'r')
  try { readSync(file, sector, 0, 512, 0) } finally { closeSync(file) }
  return sector.subarray(440, 510)
}

/** Everything is attached afresh, so that only what is on the disks counts: where things lie now, the sentinels, the new system. */
async function lookAfterwards(lab: Lab, ending: Ending & { done: boolean, check?: string }, plan: StoragePlan): Promise<{ places: Place[], problems: string[] }> {
  const { done } = ending
  await lab.attach(ending.now, ending.disks.map(repaired))
  const places = parsePlaces(await lab.bench.must('list_places'))
  const reformatted = new Set(plan.volumes.filter(volume => volume.action !== 'keep').map(volume => volume.uuid))
  const root = plan.volumes.find(volume => volume.mount === '/')
  const given = (name: string) => plan.accepted.includes(`lost-volume=${name.split('/').at(-1)}`)
  const carried = ending.machine.machine.added?.includes('former-password') === true && plan.order === 'reprovision' ? 'carried' : ''
  const { output } = await lab.bench.run([
    ...new Set(places.flatMap(place => (place.group === undefined ? [] : [`active '${place.group}'`]))),
    ...(plan.order === 'reprovision' ? ending.machine.seeded : []).filter(({ uuid, name }) => !reformatted.has(uuid) && !given(name)).map(({ uuid, name }) => `check_seed ${uuid} '${name}'`),
    ...done && root !== undefined ? [`check_system '/dev/${root.group}/${root.name}' lab-two '${carried}'`] : [],
    ...done ? [ending.check ?? ''] : [], 'let_go_of_disks',
  ].join('\n'), { seconds: 120 })
  await lab.detach()
  const problems = [...output.matchAll(/^(lost|unexpected)\|([^|]*)\|(.*)$/gm)].map(([, kind, what, why]) => (kind === 'lost' ? `the files on ${what} are not what they were: ${why}` : `not so: ${what} ${why}`))
  return { places, problems }
}

function repaired(disk: LabDisk): LabDisk {
  const sound = { ...disk }
  delete sound.flaky
  return sound
}
