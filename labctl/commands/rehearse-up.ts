// Starts a rehearsal for the command line, from whatever the host has, and ends it again.
import { join } from 'node:path'
import { LabctlError } from '../labctl-error.ts'
import { installNeeds } from '../rehearsal/install-needs.ts'
import { keepEvidence } from '../rehearsal/keep-evidence.ts'
import { prepareBuilds } from '../rehearsal/prepare-builds.ts'
import { chooseAccelerator } from '../rehearsal/probe-kvm.ts'
import type { Rehearsal } from '../rehearsal/rehearsal.ts'
import { addMachines, applyRehearsal, type CycleWish } from '../rehearsal/run-cycle.ts'
import { reprovisionRehearsal } from '../rehearsal/run-reprovision.ts'
import { cachedBuilds, startRehearsal } from '../rehearsal/start-rehearsal.ts'
import { prepareUml } from '../rehearsal/uml/prepare-uml.ts'
import type { Session } from '../session.ts'

/** The options of `up` and `cycle`. */
export interface UpOptions { machine: 'qemu' | 'uml', firmware: 'bios' | 'uefi', boot: 'pxe' | 'http', dhcp: 'server' | 'proxy', machines: number, disks: number, memory?: number, role?: string, os: string, reprovision?: true, keep?: true, state?: string }

/** `up` leaves it running. `cycle` brings the machines to their own disks and ends it, unless `--keep`; what went wrong is kept in a dated folder. */
export async function rehearseUp(session: Session, options: UpOptions, verb: 'up' | 'cycle'): Promise<void> {
  const { terminal } = session
  const wish: CycleWish = { kind: options.machine, firmware: firmwareOf(options), machines: options.machines, disks: options.disks, memoryMib: options.memory, role: options.role, os: options.os }
  const stays = verb === 'up' || options.keep === true
  await installNeeds(session, wish)
  const folders = cachedBuilds(session.env)
  await prepareBuilds(session, folders, { image: options.os })
  if (wish.kind === 'uml') await prepareUml(session.env, text => { terminal.line(text) })
  const { accelerator, because } = wish.kind === 'uml' ? { accelerator: 'tcg' as const, because: 'User-Mode Linux needs none' } : await chooseAccelerator(session.env, join(folders.ramdisk, 'vmlinuz'))
  const rehearsal = await startRehearsal({ leashed: !stays, operatorKey: true, dhcp: options.dhcp, accelerator, ramdiskDirectory: folders.ramdisk, osDirectory: folders.os, ...options.state === undefined ? {} : { directory: options.state } })
  let done = false
  try {
    terminal.line(`The bastion runs in an isolated network. ${wish.machines} machine(s): ${wish.kind === 'uml' ? 'User-Mode Linux' : `QEMU, ${wish.firmware}, ${accelerator}`} (${because}).${options.dhcp === 'proxy' ? ' Another DHCP server leases the addresses; the bastion is a proxy beside it.' : ''}`)
    addMachines(rehearsal, wish)
    if (verb === 'cycle') await applyRehearsal(session, rehearsal, wish)
    if (verb === 'cycle' && options.reprovision === true) await reprovisionRehearsal(session, rehearsal)
    if (verb === 'up') for (const machine of rehearsal.machines) await machine.powerOn()
    done = true
    if (stays) terminal.line(`It stays up in ${rehearsal.folder.directory}. Next: labctl rehearse apply, console, reboot, assert; down ends it. eval "$(labctl rehearse env)" points labctl at it.`)
  } finally {
    if (!done) await tellEvidence(session, rehearsal)
    if (!stays || !done) await rehearsal.stop()
    else rehearsal.keeper.close()
  }
}

function firmwareOf({ machine, firmware, boot }: UpOptions): CycleWish['firmware'] {
  if (boot === 'pxe') return firmware
  if (machine === 'qemu' && firmware === 'uefi') return 'uefi-http'
  throw new LabctlError('usage', 'rehearsal-boot', `${machine === 'uml' ? 'User-Mode Linux has no firmware' : 'BIOS cannot boot by HTTP'}: --boot http wants UEFI in QEMU.`, { nextStep: 'labctl rehearse cycle --firmware uefi --boot http' })
}

/** Keeps what there is to look at after a failure, unless somebody just pressed Ctrl-C. */
export async function tellEvidence(session: Session, rehearsal: Rehearsal): Promise<void> {
  if (session.signal.aborted) return
  try {
    session.terminal.note(`The serial logs and the bastion’s log are kept in ${await keepEvidence(rehearsal, session.env, new Date())}.`)
  } catch (error) {
    session.terminal.note(`The logs could not be kept: ${error instanceof Error ? error.message : String(error)}`)
  }
}
