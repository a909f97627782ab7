import { join } from 'node:path'
import type { MachineSpec, MachineWish } from './machine-spec.ts'

/** Everything about the `index`th machine (from 1) of a rehearsal whose machines are kept in `machines`. MACs are locally administered ones of QEMU's range, serials say that they are a rehearsal's. */
export function planMachine(wish: MachineWish, given: { index: number, machines: string, uuid: string, accelerator: MachineSpec['accelerator'] }): MachineSpec {
  const { index } = given
  const name = wish.name ?? `rehearsal-${index}`
  const kind = wish.kind ?? 'qemu'
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  return {
    name, kind,
    firmware: wish.firmware ?? 'bios',
    accelerator: given.accelerator,
    memoryMib: wish.memoryMib ?? (kind === 'uml' ? 768 : 1024),
    processors: wish.processors ?? 2,
    uuid: wish.uuid ?? given.uuid,
    serial: wish.serial ?? `REHEARSAL-${index}`,
    manufacturer: wish.manufacturer ?? 'labctl',
    product: wish.product ?? 'Rehearsal',
    diskOnly: false,
    ...wish.clock === undefined ? {} : { clock: wish.clock },
    disks: (wish.disks ?? [{ sizeGib: 32 }]).map((disk, at) => ({
      file: join(given.machines, name, `disk-${at}.img`), sizeBytes: disk.sizeGib * 2 ** 30, serial: disk.serial ?? `RHL${index}D${at}`, bus: disk.bus ?? 'virtio',
    })),
    nics: Array.from({ length: wish.nics ?? 1 }, (_, at) => ({
      mac: at === 0 && wish.mac !== undefined ? wish.mac : `52:54:00:77:${hex(index)}:${hex(at)}`, tap: `rehearsal-${index}.${at}`,
    })),
  }
}
