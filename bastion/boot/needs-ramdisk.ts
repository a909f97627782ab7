// Decides whether an order for what only the RAM disk does is refused: where a site discovers without one, there may never be one. Elsewhere its absence is a fault that is waited for.
import type { Refusal } from '../../protocol/refusal.ts'
import type { BootRoom } from './boot-room.ts'
import { discoveryOs } from './decide-discovery.ts'

const nextStep = 'labctl-bastion build ramdisk makes one; machines are discovered by the installer all the same.'

/** For a task: rescue or erase. */
export function taskRefusals(room: BootRoom, kind: 'rescue' | 'erase'): Refusal[] {
  return lacksRamdisk(room) ? [{ code: 'ramdisk-missing', because: `${kind === 'rescue' ? 'A rescue is' : 'Erasing is'} done by the RAM disk, and none was built here (discovery.by is kickstart).`, nextStep }] : []
}

/** For an operating system that is ready to be installed: a root image needs the RAM disk, an installation tree has its own installer. */
export function systemRefusals(room: BootRoom, os: string): Refusal[] {
  const source = room.findOs(os)
  return source?.kind === 'image' && source.state === 'ready' && lacksRamdisk(room) ? [{ code: 'ramdisk-missing', because: `${os} is a root image, which the RAM disk installs, and none was built here (discovery.by is kickstart).`, nextStep: `${nextStep} Or order an installation tree: labctl os list` }] : []
}

function lacksRamdisk(room: BootRoom): boolean {
  return discoveryOs(room.config) !== null && room.ramdisk.state().missing !== null
}
