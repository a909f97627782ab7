// What a rehearsal needs from the host, and the Debian package that brings each part.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MachineSpec } from './machine-spec.ts'
import { qemuFirmware, type FirmwareKind } from './qemu-firmware.ts'

/** One part: a program to be found on the PATH, or a file where the package puts it. */
export interface Need { part: string, package: string }

const always: Need[] = [
  { part: 'ip', package: 'iproute2' }, { part: 'unshare', package: 'util-linux' }, { part: 'flock', package: 'util-linux' }, { part: 'mount', package: 'mount' },
  { part: 'dnsmasq', package: 'dnsmasq-base' }, { part: '/usr/lib/ipxe/undionly.kpxe', package: 'ipxe' },
  { part: 'mmdebstrap', package: 'mmdebstrap' }, { part: 'zstd', package: 'zstd' }, { part: 'cpio', package: 'cpio' }, { part: 'perl', package: 'perl-base' }, { part: 'qemu-img', package: 'qemu-utils' }, { part: 'ssh', package: 'openssh-client' },
]
const roms: Need = { part: '/usr/lib/ipxe/qemu/efi-virtio.rom', package: 'ipxe-qemu' }
const uml: Need[] = [{ part: 'busybox', package: 'busybox' }, { part: 'setpriv', package: 'util-linux' }]
const ordinary: Need[] = [{ part: 'newuidmap', package: 'uidmap' }]

/** What a rehearsal of such machines needs, for root or for an ordinary user. */
export function rehearsalNeeds(wish: { kind: MachineSpec['kind'], firmware: MachineSpec['firmware'], root: boolean }): Need[] {
  return [...always, ...wish.kind === 'uml' ? uml : qemuNeeds(wish.firmware), ...wish.root ? [] : ordinary]
}

/** Those that are not there. System folders count although an ordinary user's PATH may lack them. */
export function missingNeeds(needs: readonly Need[], path: string): Need[] {
  const folders = [...path.split(':').filter(folder => folder !== ''), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  return needs.filter(({ part }) => part.startsWith('/') ? !existsSync(part) : !folders.some(folder => existsSync(join(folder, part))))
}

function qemuNeeds(firmware: FirmwareKind): Need[] {
  const { program, programPackage, code, package: firmwarePackage } = qemuFirmware[firmware]
  return [{ part: program, package: programPackage }, roms, ...code === null || firmwarePackage === null ? [] : [{ part: code, package: firmwarePackage }]]
}
