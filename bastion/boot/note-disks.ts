// A machine never seen that holds the very disks of a recorded one: its mainboard was replaced, or the disks moved. It is another machine until an operator says that it is the same.
import type { Facts } from '../../protocol/facts.ts'
import { isJunk } from '../machines/junk-identities.ts'
import { labelOf, type BootRoom } from './boot-room.ts'

/** Serials that QEMU gives to disks of its own accord: every virtual machine has them. */
const emulated = /^qm\d{5}$/i

/** Raises an alarm on both machines. */
export function noteDisksElsewhere(room: BootRoom, machine: string, mac: string, facts: Facts): void {
  const disks = facts.disks.filter(disk => !disk.removable).map(disk => disk.serial ?? disk.wwn).filter(disk => disk !== null && !isJunk(disk) && !emulated.test(disk)) as string[]
  const found = disks.length === 0 ? [] : room.identities.listByDisks(disks).filter(other => other.machine !== machine)
  for (const { machine: id, count } of found.slice(0, 4)) {
    const other = room.machines.findById(id)
    const now = room.machines.findById(machine)
    if (other === null || now === null) continue
    const what = disks.length === 1 ? 'Its disk' : `${count} of its ${disks.length} disks`
    room.timeline.putAlarm({ machine, mac, phase: 'facts', evidence: 'bearer', text: `${what} ${disks.length > 1 && count > 1 ? 'are' : 'is'} recorded in ${labelOf(other)}. If only its mainboard was replaced: labctl provision resolve ${labelOf(now)} --same-as ${labelOf(other)}` })
    room.timeline.putAlarm({ machine: id, mac, phase: 'facts', evidence: 'bearer', text: `${labelOf(now)} was discovered with ${count === 1 ? 'a disk' : `${count} disks`} of this machine, on another board.` })
  }
}
