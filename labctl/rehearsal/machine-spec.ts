// What a rehearsed machine is made of.
import type { FirmwareKind } from './qemu-firmware.ts'

/** One disk: a sparse raw image in the rehearsal's folder. `pulled`: taken out of the machine, its file kept. */
export interface DiskSpec { file: string, sizeBytes: number, serial: string, bus: 'virtio' | 'scsi' | 'nvme', pulled?: boolean }

/** The disks that are in the machine. */
export const disksIn = (spec: Pick<MachineSpec, 'disks'>): DiskSpec[] => spec.disks.filter(disk => disk.pulled !== true)

/** One network card, and the tap device that it hangs on. */
export interface NicSpec { mac: string, tap: string }

/** A machine: QEMU with real firmware, or User-Mode Linux, a kernel as a process with no firmware. */
export interface MachineSpec {
  name: string
  kind: 'qemu' | 'uml'
  /** Nothing to User-Mode Linux, which reports `bios`. */
  firmware: FirmwareKind
  accelerator: 'kvm' | 'tcg'
  memoryMib: number
  processors: number
  uuid: string
  serial: string
  manufacturer: string
  product: string
  /** Leaves the network out of the boot order. */
  diskOnly: boolean
  /** What its clock says when it is switched on, as 2009-01-01T00:00:00 (UTC); the host's time where it is left out. User-Mode Linux's is wrong again at each start, as with an empty battery. */
  clock?: string
  disks: DiskSpec[]
  nics: NicSpec[]
}

/** What a test or the command may say about a machine; the rest is filled in. Disks are given by size in GiB. */
export interface MachineWish {
  name?: string
  kind?: MachineSpec['kind']
  firmware?: MachineSpec['firmware']
  memoryMib?: number
  processors?: number
  uuid?: string
  serial?: string
  manufacturer?: string
  product?: string
  mac?: string
  disks?: readonly { sizeGib: number, serial?: string, bus?: DiskSpec['bus'] }[]
  nics?: number
  clock?: string
}
