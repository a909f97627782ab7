// `npm run test:volumes -- --images DIR …`: an order on disk images that somebody else made, as a machine with these disks would run it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { exitCodes } from '../../labctl/exit-codes.ts'
import { renderPlan } from '../../labctl/output/render-plan.ts'
import { recordGiven } from '../../bastion/volumes/record-given.ts'
import type { Facts } from '../../protocol/facts.ts'
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordFile, StorageRecord } from '../../protocol/storage-record.ts'
import { benchMac } from './bench/bench.ts'
import { compareImages } from './compare-images.ts'
import type { LabDisk } from './disk.ts'
import { Lab, type BootEnd, type Identity } from './lab.ts'
import { labLayouts } from './layouts.ts'
import { nameRanges, parsePlaces, type Place } from './places.ts'
import { InputMistake, readDisks, readLayout, readRecord } from './read-image-folder.ts'

/** The words of the command line. */
export interface ImagesWish { images: string, order?: string, layout?: string, record?: string, role?: string, firmware?: string, accept: string[], wipe: string[], factsOnly: boolean }

const role = 'given'

/** Runs it, and gives the exit code: labctl's. */
export async function runImages(wish: ImagesWish, print: (text: string) => void): Promise<number> {
  try {
    return await run(wish, print)
  } catch (error) {
    if (!(error instanceof InputMistake)) throw error
    print(error.message)
    return exitCodes.usage.code
  }
}

async function run(wish: ImagesWish, print: (text: string) => void): Promise<number> {
  const folder = resolve(wish.images)
  if (!wish.factsOnly && wish.order !== 'install' && wish.order !== 'reprovision') throw new InputMistake('--order install or --order reprovision is wanted.')
  if (!wish.factsOnly && wish.layout === undefined) throw new InputMistake('--layout FILE is wanted.')
  const layout = wish.layout === undefined ? null : readLayout(wish.layout, wish.role)
  const record = wish.record === undefined ? null : readRecord(wish.record)
  const disks = distinct(asRecorded(readDisks(folder), record))
  const firmware = wish.firmware ?? (record === null ? 'bios' : 'facts' in record ? record.facts.firmware : record.firmware)
  if (firmware !== 'bios' && firmware !== 'uefi') throw new InputMistake('--firmware bios or --firmware uefi is wanted.')
  const healthy = record !== null && 'facts' in record ? record.facts.system : null
  const identity: Identity = { uuid: healthy?.uuid ?? '5e9b7a10-0000-4000-8000-0000000000aa', serial: healthy?.serial ?? 'LAB-GIVEN', firmware }
  const lab = await Lab.open(layout === null ? labLayouts : { [role]: layout })
  const before = join(roomFor(folder, lab.store), `labctl-before-${process.pid}`)
  try {
    const facts = await collect(lab, folder, disks, identity)
    writeFileSync(join(folder, 'facts.json'), `${JSON.stringify(facts, null, 2)}\n`)
    print(`Facts, as the machine's collector saw them: ${join(folder, 'facts.json')}`)
    if (wish.factsOnly || layout === null) return exitCodes.ok.code
    if (record !== null) {
      const given = recordGiven(record, layout)
      if (given.kind === 'refused') return refused(given.refusals, print, 'No record can be made of what was given')
      for (const note of given.notes) print(`Record: ${note}`)
      lab.rows.rename(lab.rows.id(), given.record.machineId)
      lab.rows.putRecord(given.record.machineId, given.record)
    }
    lab.rows.putName('given')
    copyBefore(folder, disks, before)
    return await carryOut(lab, { wish, folder, disks, identity, facts, before }, print)
  } finally {
    await lab.close()
    rmSync(before, { recursive: true, force: true })
  }
}

async function collect(lab: Lab, folder: string, disks: readonly LabDisk[], identity: Identity): Promise<Facts> {
  lab.rows.restore(null)
  await lab.attach(folder, disks)
  const end = await lab.boot(identity, { seconds: 180 })
  await lab.detach()
  if (end.outcome !== 'waits') throw new Error(`the machine could not report its facts (${end.outcome}):\n${end.log}`)
  return (await lab.api<{ facts: Facts }>('GET', `/api/machines/${benchMac}`)).body.facts
}

interface Given { wish: ImagesWish, folder: string, disks: readonly LabDisk[], identity: Identity, facts: Facts, before: string }

async function carryOut(lab: Lab, given: Given, print: (text: string) => void): Promise<number> {
  const { wish, folder, disks, identity, facts } = given
  const words = { machine: benchMac, role, os: 'lab-two', wipe: wish.wipe }
  const accept = wish.order === 'reprovision' || wish.accept.length > 0 ? { accept: wish.accept } : {}
  const { body: answer } = await lab.api<PlanAnswer>('POST', '/api/plan', { ...words, ...accept, order: wish.order })
  if (answer.kind === 'refused') return refused(answer.refusals, print, 'Refused, nothing was touched')
  print(renderPlan(answer.plan, facts, false))
  const ordered = wish.order === 'install'
    ? await lab.api<{ refusals?: Refusal[] }>('POST', '/api/install', { ...words, name: 'given', shown: answer.digest }, [200, 201, 409])
    : await lab.api<{ refusals?: Refusal[] }>('POST', '/api/reprovision', { ...words, ...accept, name: 'given', shown: answer.digest }, [200, 201, 409])
  if (ordered.status === 409) return refused(ordered.body.refusals ?? [], print, 'Refused, nothing was touched')
  await lab.attach(folder, disks)
  const places = parsePlaces(await lab.bench.must('list_places'))
  const end = await lab.boot(identity, { seconds: 900 })
  if (lab.bench.isOn) places.push(...parsePlaces((await lab.bench.run('let_go_of_disks; list_places')).output))
  await lab.detach()
  return tell(end, given, places, print)
}

function tell(end: BootEnd, given: Given, places: readonly Place[], print: (text: string) => void): number {
  if (end.log.trim() !== '') print(`\nWhat the machine said:\n${end.log.trim().replaceAll(/^/gm, '  ')}`)
  print('')
  let code: number = exitCodes.ok.code
  if (end.outcome === 'rebooted') print('Outcome: done.')
  else if (end.outcome === 'refused') code = refused(end.refusals, print, 'Outcome: refused by the machine’s own facts, nothing was touched')
  else if (/nothing was touched/.test(end.log)) {
    print('Outcome: stopped before the first write, nothing was touched.')
    code = exitCodes.refused.code
  } else {
    print(`Outcome: failed midway (${end.outcome}).`)
    code = exitCodes.failed.code
  }
  print('\nWhat changed:')
  for (const disk of given.disks) {
    const changed = nameRanges(disk.serial, compareImages(join(given.before, disk.file), join(given.folder, disk.file)), places)
    if (changed.length === 0) print(`  ${disk.file} (${disk.serial}): unchanged, every byte`)
    else print(`  ${disk.file} (${disk.serial}):`)
    for (const { name, bytes, from, to } of changed) print(`    ${name}: ${bytes} bytes changed between bytes ${from} and ${to}`)
  }
  return code
}

function refused(refusals: readonly Refusal[], print: (text: string) => void, what: string): number {
  print(`${what}:`)
  for (const { code, because, nextStep, accept } of refusals) print(`  ${code}: ${because}\n    Next: ${nextStep}${accept === undefined ? '' : `\n    Or:   --accept ${accept}`}`)
  return exitCodes.refused.code
}

/** A disk that the record knows by its serial has the WWN and the names that it had then, where disks.json does not say otherwise: whatever machine the facts were collected on. */
function asRecorded(disks: readonly LabDisk[], record: RecordFile | StorageRecord | null): LabDisk[] {
  if (record === null) return [...disks]
  const known: { serial: string | null, wwn: string | null, names: string[] }[] = 'facts' in record
    ? record.facts.disks.map(({ serial, wwn, byId }) => ({ serial, wwn, names: byId }))
    : [...record.disks, ...record.inventory].map(({ serial, wwn, byId }) => ({ serial, wwn, names: byId === null ? [] : [byId] }))
  return disks.map(disk => {
    const then = known.find(each => each.serial?.trim() === disk.serial)
    if (then === undefined) return disk
    const wwn = disk.wwn ?? (/^(0x)?[0-9a-f]{8,32}$/i.test(then.wwn ?? '') ? then.wwn! : undefined)
    return { ...disk, ...wwn === undefined ? {} : { wwn }, names: then.names.filter(name => /^[\w.:+@=-]{1,120}$/.test(name) && !/-part\d+$/.test(name)) }
  })
}

/** The kernel's SCSI target makes a WWN of a serial's hexadecimal digits: disks for which that would be the same get one of their own. */
function distinct(disks: readonly LabDisk[]): LabDisk[] {
  const digits = (serial: string) => serial.replaceAll(/[^0-9a-fA-F]/g, '').toLowerCase().slice(0, 25).padEnd(25, '0')
  return disks.map((disk, index) => {
    const same = disk.wwn === undefined && disks.some((other, at) => at !== index && other.wwn === undefined && other.serial !== disk.serial && digits(other.serial) === digits(disk.serial))
    return same ? { ...disk, wwn: `0x6001405${Buffer.from(disk.serial).toString('hex').slice(-25).padStart(25, '0')}` } : disk
  })
}

function copyBefore(folder: string, disks: readonly LabDisk[], before: string): void {
  mkdirSync(before, { recursive: true, mode: 0o700 })
  for (const { file } of disks) execFileSync('cp', ['--sparse=always', '--reflink=auto', '--', join(folder, file), join(before, file)], { timeout: 3_600_000 })
}

/** Where copies of the images fit: memory, else /var/tmp, else beside them. */
function roomFor(folder: string, store: string): string {
  const kib = Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0])
  const free = (path: string) => { const { bavail, bsize } = statfsSync(path); return bavail * bsize / 1024 }
  return [store, '/var/tmp'].find(path => existsSync(path) && free(path) > 2 * kib + 2 ** 21) ?? folder
}
