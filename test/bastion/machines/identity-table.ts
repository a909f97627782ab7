// Every situation of a machine's identity, and what comes of it. docs/identity.md shows this table; identity.test.ts runs it against the real stores.
import type { Disk, Facts } from '../../../protocol/facts.ts'
import { sampleDisk, sampleFacts } from '../../lib/sample-facts.ts'

/** What a board says of itself, in short. */
export interface Board { uuid: string | null, serial: string | null, macs: readonly string[], disks?: readonly string[], firmware?: 'bios' | 'uefi' }

/** One situation. `boots`: the MAC that the machine starts from, `leased` to it where not said otherwise. `is` and `gets`: at /dispatch; `report`: what becomes of its report, where it may send one. */
export interface Situation {
  title: string
  recorded: readonly Board[]
  /** Values that an operator said more than one machine has. */
  shared?: readonly string[]
  /** An order armed for the first recorded machine. */
  armed?: 'install' | 'rescue'
  now: Board
  boots?: string
  architecture?: string
  leased?: false
  is: 'known' | 'unknown' | 'limbo'
  gets: 'install' | 'rescue' | 'discover' | 'refused, asked again' | 'refused, local disk'
  /** `new`: recorded as another machine; `same`: taken as the record; `beside`: kept beside the record, which stays; `refused`: nothing is kept and nothing given. */
  report?: 'new' | 'same' | 'beside' | 'plan' | 'refused'
  /** How many of the recorded machines have an alarm afterwards. */
  alarms: number
}

const uuid = (end: number) => `3f2b6c1e-7c1d-4c55-9a0f-0000000000${String(end).padStart(2, '0')}`
const mac = (end: number) => `52:54:00:aa:00:${String(end).padStart(2, '0')}`
const zeros = '00000000-0000-0000-0000-000000000000'
const vendors = '03000200-0400-0500-0006-000700080009'
const one: Board = { uuid: uuid(1), serial: 'CZ0001', macs: [mac(1), mac(2)], disks: ['D1', 'D2'] }
const two: Board = { uuid: uuid(2), serial: 'CZ0002', macs: [mac(3), mac(4)], disks: ['D3'] }

/** See the file's first line. */
export const situations: readonly Situation[] = [
  { title: 'never seen', recorded: [], now: one, is: 'unknown', gets: 'discover', report: 'new', alarms: 0 },
  { title: 'everything is as recorded', recorded: [one], now: one, is: 'known', gets: 'discover', report: 'same', alarms: 0 },
  { title: 'everything is as recorded, and an install is armed', recorded: [one], armed: 'install', now: one, is: 'known', gets: 'install', report: 'plan', alarms: 0 },
  { title: 'it starts from its second network interface', recorded: [one], armed: 'install', now: one, boots: mac(2), is: 'known', gets: 'install', report: 'plan', alarms: 0 },
  { title: 'the UUID in the other byte order, as firmware before SMBIOS 2.6 may give it', recorded: [one], now: { ...one, uuid: '1e6c2b3f-1d7c-554c-9a0f-000000000001' }, is: 'known', gets: 'discover', report: 'beside', alarms: 1 },
  { title: 'a disk was replaced', recorded: [one], now: { ...one, disks: ['D1', 'D9'] }, is: 'known', gets: 'discover', report: 'beside', alarms: 1 },
  { title: 'a disk was replaced while an install is armed', recorded: [one], armed: 'install', now: { ...one, disks: ['D1', 'D9'] }, is: 'known', gets: 'install', report: 'beside', alarms: 1 },
  { title: 'a network interface was added', recorded: [one], now: { ...one, macs: [...one.macs, mac(9)] }, is: 'known', gets: 'discover', report: 'beside', alarms: 1 },
  { title: 'it starts from a network interface that was added', recorded: [one], now: { ...one, macs: [...one.macs, mac(9)] }, boots: mac(9), is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'all its network interfaces were replaced', recorded: [one], now: { ...one, macs: [mac(8), mac(9)] }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'its firmware kind was changed', recorded: [one], now: { ...one, firmware: 'uefi' }, is: 'known', gets: 'discover', report: 'beside', alarms: 1 },
  { title: 'its firmware kind was changed, and an install is armed', recorded: [one], armed: 'install', now: { ...one, firmware: 'uefi' }, is: 'known', gets: 'refused, local disk', alarms: 0 },
  { title: 'its firmware kind was changed, and a rescue is armed', recorded: [one], armed: 'rescue', now: { ...one, firmware: 'uefi' }, is: 'known', gets: 'rescue', report: 'plan', alarms: 0 },
  { title: 'an architecture that nothing is here for, and an install is armed', recorded: [one], armed: 'install', now: one, architecture: 'riscv64', is: 'known', gets: 'refused, local disk', alarms: 0 },
  { title: 'an install is armed, and it asks from an address that holds no lease of it', recorded: [one], armed: 'install', now: one, leased: false, is: 'known', gets: 'refused, asked again', alarms: 1 },
  { title: 'the mainboard was replaced, its network card and disks moved over', recorded: [one], now: { ...one, uuid: uuid(9), serial: 'CZ0009' }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'the mainboard was replaced, and with it the network interfaces; the disks are the same', recorded: [one], now: { ...one, uuid: uuid(9), serial: 'CZ0009', macs: [mac(9)] }, is: 'unknown', gets: 'discover', report: 'new', alarms: 1 },
  { title: 'the mainboard’s UUID was reset by its vendor’s service, the serial stayed', recorded: [one], now: { ...one, uuid: uuid(9) }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'a disk moved to a machine never seen', recorded: [one], now: { ...two, disks: ['D2'] }, is: 'unknown', gets: 'discover', report: 'new', alarms: 1 },
  { title: 'a network card moved to a machine never seen, which starts from it', recorded: [one], now: { ...two, macs: [mac(2), mac(3)] }, boots: mac(2), is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'a network card moved to a machine never seen, which starts from its own', recorded: [one], now: { ...two, macs: [mac(2), mac(3)] }, boots: mac(3), is: 'unknown', gets: 'discover', report: 'beside', alarms: 1 },
  { title: 'a network card moved from one recorded machine to another, which starts from it', recorded: [one, two], now: { ...two, macs: [...two.macs, mac(2)] }, boots: mac(2), is: 'limbo', gets: 'refused, asked again', alarms: 2 },
  { title: 'a network card moved from one recorded machine to another, which starts from its own', recorded: [one, two], now: { ...two, macs: [...two.macs, mac(2)] }, boots: mac(3), is: 'known', gets: 'discover', report: 'beside', alarms: 2 },
  { title: 'a cloned machine: UUID and serial of a recorded one, and its own MACs', recorded: [one], now: { ...one, macs: [mac(9)] }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'the recorded one of two clones, and an install is armed', recorded: [one], armed: 'install', now: one, is: 'known', gets: 'install', report: 'plan', alarms: 0 },
  { title: 'a clone whose UUID and serial an operator said are shared', recorded: [one], shared: [uuid(1), 'CZ0001'], now: { ...one, macs: [mac(9)], disks: ['D9'] }, is: 'unknown', gets: 'discover', report: 'new', alarms: 0 },
  { title: 'one of two clones that an operator told apart: its MAC is all that it has', recorded: [one, { ...one, macs: [mac(9)], disks: ['D9'] }], shared: [uuid(1), 'CZ0001'], now: one, is: 'known', gets: 'discover', report: 'same', alarms: 0 },
  { title: 'two recorded machines have its UUID, and nobody said anything', recorded: [one, { ...one, macs: [mac(9)], disks: ['D9'] }], now: one, is: 'limbo', gets: 'refused, asked again', alarms: 2 },
  { title: 'another board with the same serial, its own UUID and MACs', recorded: [one], now: { ...two, serial: one.serial }, is: 'unknown', gets: 'discover', report: 'new', alarms: 0 },
  { title: 'another board with the same serial and MACs of its own, that gives no UUID', recorded: [one], now: { ...two, uuid: null, serial: one.serial }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'a board of which the UUID is all zeros, known by serial and MAC', recorded: [{ ...one, uuid: zeros }], armed: 'install', now: { ...one, uuid: zeros }, is: 'known', gets: 'install', report: 'plan', alarms: 0 },
  { title: 'two boards with a vendor’s default UUID and “To be filled by O.E.M.”, the second never seen', recorded: [{ ...one, uuid: vendors, serial: 'To be filled by O.E.M.' }], now: { ...two, uuid: vendors, serial: 'To be filled by O.E.M.' }, is: 'unknown', gets: 'discover', report: 'new', alarms: 0 },
  { title: 'a board with junk for UUID and serial, an install armed: its MAC and its disks’ serials tell it', recorded: [{ ...one, uuid: vendors, serial: 'Default string' }], armed: 'install', now: { ...one, uuid: vendors, serial: 'Default string' }, is: 'known', gets: 'install', report: 'plan', alarms: 0 },
  { title: 'a board with junk for UUID and serial and disks without serials, an install armed', recorded: [{ ...one, uuid: zeros, serial: 'None', disks: [] }], armed: 'install', now: { ...one, uuid: zeros, serial: 'None', disks: [] }, is: 'known', gets: 'install', report: 'refused', alarms: 0 },
  { title: 'its UUID and serial have become junk: the MAC alone is left', recorded: [one], now: { ...one, uuid: zeros, serial: 'None' }, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
  { title: 'a board that had junk for UUID and serial now has its own', recorded: [{ ...one, uuid: zeros, serial: 'None' }], now: one, is: 'limbo', gets: 'refused, asked again', alarms: 1 },
]

/** The facts of a board. */
export const factsOf = (board: Board): Facts => sampleFacts({
  firmware: board.firmware ?? 'bios', system: { ...sampleFacts().system, uuid: board.uuid, serial: board.serial },
  nics: board.macs.map((address, at) => ({ name: `eth${at}`, mac: address, driver: 'e1000e', linkUp: true, speedMbps: 1000 })),
  disks: (board.disks ?? []).length === 0 ? [diskOf(null, 0)] : board.disks!.map(diskOf),
})

const diskOf = (serial: string | null, at: number): Disk => sampleDisk({ name: `sd${'abc'[at]}`, serial, byId: serial === null ? [] : [`ata-${serial}`], sizeBytes: (40 + at) * 2 ** 30 })
