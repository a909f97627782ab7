// Decides what is missing on a host for a bastion, for building what it serves, and for a rehearsal; and the command that mends it.
import { renderSize } from '../output/render-size.ts'
import { judgeService } from './judge-service.ts'
import { filePackages, programPackages, type HostFacts, type PortFact } from './host-facts.ts'

/** What a host can be used for. */
export const purposes = ['bastion', 'build', 'rehearsal'] as const
export type Purpose = typeof purposes[number]

/** One thing looked at. `missing`: needed and not there. `warning`: it works, but. `note`: good to know. `fix`: the exact command, or null. */
export interface Finding { what: string, status: 'ok' | 'missing' | 'warning' | 'note', neededFor: readonly Purpose[], detail: string, fix: string | null }

const needs: Record<string, readonly Purpose[]> = {
  dnsmasq: ['bastion', 'rehearsal'], openssl: [], systemctl: [], mmdebstrap: ['build', 'rehearsal'], zstd: ['build', 'rehearsal'], cpio: ['build', 'rehearsal'],
  newuidmap: ['build', 'rehearsal'], 'qemu-system-x86_64': ['rehearsal'], 'qemu-img': ['rehearsal'], ip: ['rehearsal'], unshare: ['rehearsal'], nsenter: ['rehearsal'],
  '/usr/lib/ipxe/undionly.kpxe': ['bastion', 'rehearsal'], '/usr/lib/ipxe/snponly.efi': ['bastion', 'rehearsal'], '/usr/lib/ipxe/ipxe.efi': ['bastion'], '/usr/share/OVMF/OVMF_CODE_4M.fd': ['rehearsal'],
}
const armProgram = '/usr/lib/ipxe/ipxe-arm64.efi'
const gib = 1024 ** 3

/** Everything that doctor looked at, in the order in which it is shown. */
export function judgeHost(facts: HostFacts): Finding[] {
  return [...judgeParts(facts), judgeNamespaces(facts), ...judgeMachine(facts), ...facts.ports.map(port => judgePort(port, facts)), ...judgeDhcp(facts), ...judgeBuilds(facts), judgeArm(facts), ...judgeService(facts), judgeBastion(facts)]
}

/** What is missing for one of these purposes. */
export function judgeMissing(findings: readonly Finding[], wanted: readonly Purpose[]): Finding[] {
  return findings.filter(finding => finding.status === 'missing' && finding.neededFor.some(purpose => wanted.includes(purpose)))
}

/** One command that installs the packages of every part that is missing; null when none is. */
export function judgePackages(missing: readonly Finding[]): string | null {
  const packages = [...new Set(missing.flatMap(({ fix }) => fix?.startsWith('apt-get install ') === true ? fix.slice('apt-get install '.length).split(' ') : []))]
  return packages.length === 0 ? null : `apt-get install ${packages.toSorted().join(' ')}`
}

function judgeParts({ programs, files, root }: HostFacts): Finding[] {
  const parts = [
    ...Object.entries(programPackages).map(([name, from]) => ({ name, from, there: programs[name as keyof typeof programs] })),
    ...Object.entries(filePackages).filter(([name]) => name !== armProgram).map(([name, from]) => ({ name, from, there: files[name as keyof typeof files] })),
  ]
  return parts.map(({ name, from, there }) => {
    const idle = name === 'newuidmap' && root
    const neededFor = idle ? [] : needs[name] ?? []
    return { what: name, status: there ? 'ok' : neededFor.length === 0 ? 'note' : 'missing', neededFor, detail: there ? `from package ${from}` : idle ? 'not here; only ordinary users need it' : 'not here', fix: there ? null : `apt-get install ${from}` }
  })
}

function judgeNamespaces({ namespacesRefused, root }: HostFacts): Finding {
  const fix = root ? 'sysctl -w user.max_user_namespaces=10000' : 'sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0'
  return namespacesRefused === null
    ? { what: 'namespaces', status: 'ok', neededFor: ['build', 'rehearsal'], detail: root ? 'may be made (root)' : 'an ordinary user may make them', fix: null }
    : { what: 'namespaces', status: 'missing', neededFor: ['rehearsal'], detail: namespacesRefused, fix }
}

function judgeMachine({ kvm, tun, freeDiskBytes, availableMemoryBytes, processors }: HostFacts): Finding[] {
  const disk = freeDiskBytes ?? 0
  return [
    { what: '/dev/kvm', status: 'note', neededFor: [], detail: { usable: 'can be opened; a rehearsal still probes whether it boots a kernel', forbidden: 'there, but you may not open it: a rehearsal emulates, which is slower', absent: 'not here: a rehearsal emulates, which is slower' }[kvm], fix: null },
    { what: '/dev/net/tun', status: tun ? 'ok' : 'missing', neededFor: ['rehearsal'], detail: tun ? 'can be opened' : 'cannot be opened', fix: tun ? null : 'modprobe tun' },
    { what: 'disk space', status: freeDiskBytes === null || disk >= 6 * gib ? 'ok' : disk >= 3 * gib ? 'warning' : 'missing', neededFor: ['build', 'rehearsal'], detail: freeDiskBytes === null ? 'unknown' : `${renderSize(disk)} free; a RAM disk and one root image want 3 GiB, 6 GiB is comfortable`, fix: freeDiskBytes === null || disk >= 6 * gib ? null : 'df -h; then make room, or set state, ramdisk.directory and os.directory to a larger disk' },
    { what: 'memory', status: availableMemoryBytes >= 3 * gib ? 'ok' : 'warning', neededFor: ['rehearsal'], detail: `${renderSize(availableMemoryBytes)} available, ${processors} processor(s); a rehearsed machine takes 2 GiB`, fix: null },
  ]
}

function judgePort({ name, address, port, state }: PortFact, { bastion }: HostFacts): Finding {
  const at = `${address}:${port}`
  const base = { what: name, neededFor: ['bastion'] as const }
  if (state === 'free') return { ...base, status: 'ok', detail: `${at} is free`, fix: null }
  if (state === 'taken') {
    return ['not-configured', 'half-configured', 'unreachable'].includes(bastion.state)
      ? { ...base, status: 'missing', detail: `${at} is taken by another program`, fix: `ss -ltnup 'sport = :${port}'` }
      : { ...base, status: 'ok', detail: `${at} is in use, and a bastion answers`, fix: null }
  }
  if (state === 'not-ours') return { ...base, status: 'missing', detail: `${address} is no address of this host`, fix: 'ip -brief address' }
  return { ...base, status: 'missing', detail: `you may not listen on port ${port}: only root, or a service with CAP_NET_BIND_SERVICE, may`, fix: 'sudo labctl doctor' }
}

function judgeBuilds({ config, discoverer, ramdiskBuilt, imagesBuilt }: HostFacts): Finding[] {
  const file = config ?? 'FILE'
  const unknown = config === null
  const without = unknown ? 'no bastion.yaml on this host, so not looked for' : discoverer === null ? 'not built: machines cannot be discovered' : `not built: the installer of ${discoverer} discovers machines; rescue, erase and root images need it`
  return [
    { what: 'RAM disk', status: ramdiskBuilt ? 'ok' : unknown || discoverer !== null ? 'note' : 'missing', neededFor: ['bastion'], detail: ramdiskBuilt ? 'built' : without, fix: ramdiskBuilt ? null : `labctl-bastion build ramdisk --config ${file}` },
    { what: 'root images', status: imagesBuilt.length > 0 ? 'ok' : 'note', neededFor: ['bastion'], detail: imagesBuilt.length > 0 ? imagesBuilt.join(', ') : unknown ? 'no bastion.yaml on this host, so not looked for' : 'none built: only installation trees can be installed, where there are any', fix: imagesBuilt.length > 0 ? null : 'labctl os add debian-13' },
  ]
}

function judgeDhcp({ dhcp }: HostFacts): Finding[] {
  if (dhcp === null) return []
  const base = { what: 'DHCP mode', status: 'note', neededFor: ['bastion'] } as const
  const tftp = dhcp.interface === null ? 'and serves no boot programs over TFTP, since no dhcp.interface is set' : `and serves boot programs over TFTP on ${dhcp.interface}`
  if (dhcp.mode === 'off') return [{ ...base, detail: `off: the bastion answers no DHCP, ${tftp}`, fix: 'labctl doctor --dhcp-recipe' }]
  if (dhcp.interface === null) return [{ ...base, status: 'missing', detail: `${dhcp.mode}, but no dhcp.interface is set`, fix: 'ip link show' }]
  return [{ ...base, detail: dhcp.mode === 'proxy' ? `proxy: beside the DHCP server of the network on ${dhcp.interface}, which must be there` : `server: leases addresses on ${dhcp.interface}`, fix: null }]
}

function judgeArm({ files }: HostFacts): Finding {
  const program = files[armProgram] ? 'their boot program is here' : `no boot program (${armProgram}: Debian 13’s package ipxe has it, Debian 12’s does not), so they get an address and nothing to boot`
  return { what: 'arm64 machines', status: 'note', neededFor: [], detail: `${program}; the RAM disk is for x86-64 alone, which they are told on their screen`, fix: null }
}

function judgeBastion({ bastion }: HostFacts): Finding {
  const base = { what: 'bastion', neededFor: ['bastion'] as const }
  switch (bastion.state) {
    case 'answers': return { ...base, status: 'ok', detail: `${bastion.url} answers, with the pinned key`, fix: null }
    case 'not-configured': return { ...base, status: 'note', detail: 'labctl does not know one yet', fix: 'labctl init bastion standalone start' }
    case 'half-configured': return { ...base, status: 'missing', detail: bastion.because, fix: 'labctl config set url; labctl config set pin; labctl config set token' }
    case 'unreachable': return { ...base, status: 'missing', detail: bastion.because, fix: 'labctl init bastion standalone start' }
    case 'wrong-key': return { ...base, status: 'missing', detail: bastion.because, fix: 'labctl config set pin' }
    case 'unauthenticated': return { ...base, status: 'missing', detail: bastion.because, fix: 'labctl config set token' }
    case 'failed': return { ...base, status: 'missing', detail: bastion.because, fix: bastion.nextStep ?? 'labctl version; the bastion’s log has more' }
  }
}
