// What a machine's timeline looks like when it falls silent, one situation for each verdict: the entries as the bastion writes them.
import type { EntryDetail, TimelineEntry } from '../../../../protocol/machines.ts'
import type { Look } from '../../../../bastion/boot/silence/look.ts'

/** A moment all situations are placed at: milliseconds since 1970. */
export const noon = Date.UTC(2026, 10, 21, 12)
const mac = '52:54:00:00:00:01'

interface Said { phase: string, evidence: string, text: string, detail?: EntryDetail, alarm?: true }

const vendor = (architecture: number) => `PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016`
const dhcp = (what: string, client: 'firmware' | 'ipxe' | 'system', architecture?: number): Said => ({
  phase: 'dhcp', evidence: 'dhcp-log', text: what === 'discover' ? `DHCP discover${architecture === undefined ? '' : ` from ${vendor(architecture)}`}` : what === 'boot-file' ? 'is told to boot snponly.efi' : `DHCP ${what} 10.77.0.100`,
  detail: { what, client, ...architecture === undefined ? {} : { architecture } },
})
const fetch = (file: string, what = 'fetched'): Said => ({ phase: 'fetch', evidence: 'http', text: `${what === 'broken' ? 'Broke off while fetching' : 'Fetched'} ${file} over HTTP.`, detail: { what, file } })
const dispatched = (what: string, text: string): Said => ({ phase: 'dispatched', evidence: 'http', text, detail: { what } })
const proved = (phase: string, text = `${phase} was proved.`): Said => ({ phase, evidence: 'bearer', text })

/** What the firmware says until it has its address, and what it is told to boot. */
const firmware = (architecture = 0): Said[] => [dhcp('discover', 'firmware', architecture), dhcp('offer', 'firmware', architecture), dhcp('request', 'firmware', architecture), dhcp('ack', 'firmware', architecture)]
const told = (architecture = 0): Said[] => [...firmware(architecture), dhcp('boot-file', 'firmware', architecture)]
const sent = (architecture = 0): Said[] => [...told(architecture), { phase: 'tftp', evidence: 'tftp-log', text: 'fetched the boot program over TFTP', detail: { what: 'sent', file: 'undionly.kpxe' } }]
const ipxe = (architecture = 0): Said[] => [...sent(architecture), dhcp('discover', 'ipxe', architecture), dhcp('offer', 'ipxe', architecture), dhcp('request', 'ipxe', architecture), dhcp('ack', 'ipxe', architecture), dhcp('boot-file', 'ipxe', architecture)]
const script = (architecture = 0): Said[] => [...ipxe(architecture), fetch('boot.ipxe')]
const toRamdisk = [...script(), dispatched('ramdisk', 'Never seen: discover it.')]
const overlay = [...toRamdisk, fetch('vmlinuz'), fetch('ramdisk.img'), proved('kernel', 'Loaded the kernel, the RAM disk and its overlay (81920 bytes) to discover.')]
const toInstaller = (purpose: string): Said[] => [...script(), dispatched('ramdisk', purpose === 'install' ? 'Install fedora-43 as worker-1, attempt 1.' : 'Never seen: discover it.'), fetch('vmlinuz'), fetch('initrd.img'), proved('kernel', `Loaded the kernel, the installer’s initramfs and its overlay (40960 bytes) to ${purpose}.`)]
const facts = [...overlay, proved('ramdisk', 'The RAM disk began 3.1 s after its kernel started, and sent its facts after 9.4 s.'), proved('facts', 'Discovered: 52:54:00:00:00:01, 4 threads, 8192 MiB, 1 disk.')]
const disks = [...facts, proved('disks', 'The disks are still what the plan says; they are being written from now on.')]
const image = [...disks, proved('image', 'Partitions, volumes and file systems are made; the root image is being fetched and unpacked.')]
const reboot = [...image, proved('configure', 'The root image is unpacked and its checksum is right.'), proved('reboot', 'Everything is in place; the machine restarts.')]
const toDisk = [...script(), dispatched('local-disk', 'worker-1 is installed.')]

const order = (state: 'armed' | 'installing', phase: string | null, more: Partial<NonNullable<Look['order']>> = {}): Look['order'] => ({ kind: 'install', state, phase, name: 'worker-1', os: 'debian-13', osReady: true, createdAt: noon - 600_000, updatedAt: noon - 300_000, ...more })

/** Entries one second apart; the last one at `until`. */
export function history(said: readonly Said[], until = noon): TimelineEntry[] {
  return said.map((one, index) => ({ id: index + 1, at: until - (said.length - 1 - index) * 1000, machine: 'm1', mac, alarm: one.alarm ?? false, phase: one.phase, evidence: one.evidence, text: one.text, detail: one.detail ?? null }))
}

/** A look at a machine of which these things were seen, the last at noon, `seconds` later. */
export function look(said: readonly Said[], seconds: number, more: Partial<Look> = {}): Look {
  return {
    now: noon + seconds * 1000, history: history(said), fetching: null, order: null, waitingUntil: null, startedAt: noon - 86_400_000, installed: false, firmware: null,
    byInstaller: false, afterDiscovery: 'wait', bootOrder: 'disk', reference: mac, address: '10.77.0.1', bootPort: 8080, controlPort: 8443, ...more,
  }
}

const times = (count: number, boot: readonly Said[]): Said[] => Array.from({ length: count }, () => boot).flat()
const installed = { installed: true, firmware: 'uefi', reference: 'worker-1' } as const

/** By verdict: a look that has it, at the first second at which it is spoken. */
export const situations: Record<string, Look> = {
  'empty-disk-loop': look(times(4, [...script(), dispatched('local-disk', '52:54:00:00:00:01 is known and has no order.')]), 20),
  'disk-loop': look(times(4, toDisk), 20, installed),
  'installer-loop': look(times(4, [...toInstaller('discover'), fetch('install.img')]), 20, { byInstaller: true }),
  'ramdisk-loop': look(times(4, overlay), 20),
  'boot-loop': look(times(4, sent()), 20),
  'ipxe-loop': look([...ipxe(), ...times(4, [fetch('boot.ipxe'), dispatched('ramdisk', 'Never seen: discover it.'), fetch('vmlinuz'), fetch('ramdisk.img'), proved('kernel', 'Loaded the kernel, the RAM disk and its overlay (27648 bytes) to discover.')])], 20),
  'image-missing': look(facts, 60, { order: order('armed', null, { osReady: false }), waitingUntil: noon + 3_600_000 }),
  'armed-on-own-disk': look([...facts, dhcp('request', 'system'), dhcp('ack', 'system')], 900, { ...installed, order: order('armed', null, { kind: 'reprovision', updatedAt: noon }), history: history([...facts], noon - 10_000).concat(history([dhcp('request', 'system'), dhcp('ack', 'system')], noon).map(entry => ({ ...entry, at: noon + 5000 }))) }),
  'armed-not-seen': look([], 900, { order: order('armed', null, { updatedAt: noon }) }),
  'online-no-first-boot': look([...reboot, dhcp('request', 'system'), dhcp('ack', 'system')], 298, installed),
  'network-again': look([...reboot, ...told(7)], 300, installed),
  'local-disk-no-first-boot': look([...reboot, ...toDisk], 300, { ...installed, firmware: 'bios' }),
  'reboot-no-first-boot': look(reboot, 900, installed),
  'fell-to-network': look([proved('first-boot', 'worker-1 started from its own disk.'), ...toDisk], 300, installed),
  'discover-unanswered': look([dhcp('discover', 'firmware', 7)], 45),
  'offer-ignored': look([dhcp('discover', 'firmware', 7), dhcp('offer', 'firmware', 7)], 45),
  'request-unanswered': look([dhcp('discover', 'firmware', 7), dhcp('offer', 'firmware', 7), dhcp('request', 'firmware', 7)], 45),
  'request-refused': look([dhcp('request', 'firmware', 7), { ...dhcp('nak', 'firmware', 7), text: 'DHCP nak 192.168.1.20 (wrong network)' }], 45),
  'address-declined': look([...firmware(7), dhcp('decline', 'firmware', 7)], 45),
  'arm64-without-files': look(firmware(11), 60),
  'architecture-unknown': look(firmware(27), 60),
  'leased-without-boot-file': look(firmware(7), 60),
  'proxied-not-fetched': look([{ ...dhcp('pxe', 'firmware', 7), text: 'DHCP proxy offer to PXEClient:Arch:00007:UNDI:003016' }, dhcp('boot-file', 'firmware', 7)], 60),
  'http-boot-not-fetched': look(told(16), 60),
  'leased-no-tftp': look(told(7), 60),
  'tftp-missing': look([...told(7), { phase: 'tftp', evidence: 'tftp-log', text: 'TFTP failed for pxelinux.0: there is no such file', detail: { what: 'missing', file: 'pxelinux.0' } }], 60),
  'tftp-broken': look([...told(7), { phase: 'tftp', evidence: 'tftp-log', text: 'TFTP failed for snponly.efi: the machine stopped answering in the middle', detail: { what: 'broken', file: 'snponly.efi' } }], 60),
  'program-without-ipxe-bios': look(sent(0), 90),
  'program-without-ipxe': look(sent(7), 90),
  'http-program-without-ipxe': look([...told(16), fetch('ipxe.efi')], 90),
  'http-program-broken': look([...told(16), fetch('ipxe.efi', 'broken')], 60),
  'ipxe-without-lease': look([...sent(7), dhcp('discover', 'ipxe', 7)], 45),
  'ipxe-without-script': look(ipxe(7), 60),
  'script-broken': look([...toRamdisk, fetch('vmlinuz'), fetch('ramdisk.img', 'broken')], 120),
  'script-without-dispatch': look(script(7), 60),
  'dispatched-without-kernel': look(toRamdisk, 60),
  'kernel-without-ramdisk': look([...toRamdisk, fetch('vmlinuz')], 120),
  'ramdisk-without-overlay': look([...toRamdisk, fetch('vmlinuz'), fetch('ramdisk.img')], 120),
  'overlay-refused': look([...toRamdisk, fetch('vmlinuz'), fetch('ramdisk.img'), { phase: 'overlay', evidence: 'ticket', text: 'The overlay of 52:54:00:00:00:01 was asked for from 192.168.1.20, which holds no lease of that machine.', alarm: true }], 60),
  'refused-and-gone': look([...script(), dispatched('retry', 'Two machines have this UUID.')], 240),
  'ramdisk-online-no-facts': look([...overlay, dhcp('request', 'system'), dhcp('ack', 'system')], 238),
  'overlay-no-facts': look(overlay, 240),
  'installer-not-fetched': look(toInstaller('discover'), 240, { byInstaller: true }),
  'installer-no-report': look([...toInstaller('discover'), fetch('install.img')], 600, { byInstaller: true }),
  'installer-no-facts': look([...toInstaller('install'), fetch('install.img')], 600, { byInstaller: true, order: order('armed', null, { os: 'fedora-43' }) }),
  'order-given-no-facts': look([...facts, { phase: 'ramdisk', evidence: 'bearer', text: 'The waiting RAM disk was given the order to install worker-1 with debian-13.', detail: { what: 'order-given' } }], 240, { order: order('armed', null) }),
  'started-no-facts': look([...overlay, proved('ramdisk', 'The RAM disk began 3.1 s after its kernel started, and sent its facts after 9.4 s.')], 240),
  'waiting-stopped': look(facts, 175, { waitingUntil: noon + 55_000 }),
  'facts-then-silence': look(facts, 120),
  'rescue-without-ssh': look(facts, 180, { installed: true, order: order('installing', 'facts', { kind: 'rescue' }) }),
  'plan-no-disks': look(facts, 180, { order: order('installing', 'facts') }),
  'erase-silent': look(disks, 3600, { order: order('installing', 'disks', { kind: 'erase' }) }),
  'disks-no-image': look(disks, 600, { order: order('installing', 'disks') }),
  'disks-no-packages': look([...script(), dispatched('ramdisk', 'Install fedora-43 as worker-1, attempt 1.'), fetch('vmlinuz'), fetch('initrd.img'), fetch('install.img'), proved('facts'), proved('disks')], 1200, { order: order('installing', 'disks') }),
  'image-stalled': look(image, 500, { order: order('installing', 'image', { updatedAt: noon + 20_000 }) }),
  'image-not-unpacked': look([...image, fetch('image.tar.zst')], 599, { order: order('installing', 'image') }),
  'packages-stalled': look([...disks, proved('packages')], 2700, { order: order('installing', 'packages') }),
  'configure-silent': look([...image, proved('configure')], 600, { order: order('installing', 'configure') }),
}
