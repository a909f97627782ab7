// What a scenario of the volume lab is. The lists are in scenarios/*.ts; `npm run test:volumes -- --only ID` runs one.
//
// To add one: choose the machine that it begins with (machines.ts has them; a scenario may bring its own), write what
// happens to its disks as a shell script for the guest (`damage`), the order, and what is expected. Everything else is
// checked by itself: a refused order leaves every byte of every image as it was; an order that is carried out changes
// nothing outside the volumes that its plan reformats or makes, and the files on every kept volume are the same.
//
// Scripts run as root in the real RAM disk with disks attached as /dev/sda, /dev/sdb ... in the order given; $P1, $P2,
// $P3, $P4 are the partitions of /dev/sda; functions: `active GROUP` activates a group, `seed DEVICE NAME` puts files with
// checksums on the file system of a device; the runner lets go of everything afterwards.
import type { LabDisk } from './disk.ts'
import type { LabRole } from './layouts.ts'

/** A healthy machine, as the bastion knows it when something happens to it. */
export interface LabMachine {
  id: string
  disks: readonly LabDisk[]
  firmware?: 'bios' | 'uefi'
  /** install: by a real install through the lab, of this role. hand: by `build`, and adopted as this role where `adopt` is given. stranger: by `build`, and only discovered. */
  made: 'install' | 'hand' | 'stranger'
  role: LabRole
  /** Shell that makes what is on the disks, for a machine that was not installed by us. */
  build?: string
  /** Which volumes are ours, for adopting. */
  adopt?: readonly { group: string, name: string, mount: string, keep?: boolean }[]
  /** Shell that runs once the machine is made: what its users added. */
  added?: string
}

/** What is ordered. */
export interface LabOrder {
  kind: 'install' | 'reprovision'
  role?: LabRole
  wipe?: readonly string[]
  accept?: readonly string[]
  /** The operator is shown the plan only when the machine has reported what happened to it: the order is refused first, and retried. */
  shownAfterwards?: boolean
}

/** What must come of it. `refused`: exactly these codes, in any order. `stopped`: the machine's steps stop for this reason; `untouched`: before the first write. `not-booted`: the bastion gives the machine no RAM disk. `refused-or-stopped`: whichever notices first. `any`: whatever comes of it, nothing that is kept is lost. */
export type Expected = { outcome: 'done', note?: string } | { outcome: 'refused', codes: readonly string[] } | { outcome: 'stopped', because: RegExp, untouched: boolean }
  | { outcome: 'not-booted', because: RegExp } | { outcome: 'refused-or-stopped', untouched: true } | { outcome: 'any' }

/** See the file's first line. */
export interface Scenario {
  id: string
  /** The situation, a phrase: a row of the table in docs/reprovisioning.md. */
  title: string
  machine: LabMachine
  /** Shell in the guest: what happened to the disks since the bastion saw them last. */
  damage?: string
  /** The machine's plug is pulled at the end of it. */
  damageCut?: boolean
  /** The same with the images on the host, when no disk is attached. */
  damageImages?: (folder: string) => void
  /** The disks that the machine has when it boots, where they differ from what it had. */
  disksThen?: (disks: readonly LabDisk[]) => readonly LabDisk[]
  firmwareThen?: 'bios' | 'uefi'
  /** Shell in the guest between the overlay and the job: what happens while the machine is at it. Functions of bench/shims are there. */
  meanwhile?: string
  order: LabOrder
  expect: Expected
  /** Kept volumes (`group/name`) whose bytes may change although their files may not: those on which a journal is replayed. */
  replayed?: readonly string[]
  /** Shell in the guest after it was done, with every group active; it fails when something is not as it should be. */
  check?: string
  /** Runs in `npm test` too. */
  telling?: boolean
}

/** Scenarios are listed in files by subject. */
export type ScenarioList = readonly Scenario[]
