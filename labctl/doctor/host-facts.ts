// What doctor knows about a host. Gathered in one place, judged in another.
import type { ServiceFacts } from './service-facts.ts'

/** The programs that are looked for, with the Debian package that brings each. */
export const programPackages = {
  dnsmasq: 'dnsmasq-base', mmdebstrap: 'mmdebstrap', zstd: 'zstd', cpio: 'cpio', openssl: 'openssl',
  'qemu-system-x86_64': 'qemu-system-x86', 'qemu-img': 'qemu-utils', ip: 'iproute2', unshare: 'util-linux', nsenter: 'util-linux', newuidmap: 'uidmap', systemctl: 'systemd',
} as const
export type ProgramName = keyof typeof programPackages

/** The files that are looked for, with the Debian package that brings each. */
export const filePackages = {
  '/usr/lib/ipxe/undionly.kpxe': 'ipxe', '/usr/lib/ipxe/snponly.efi': 'ipxe', '/usr/lib/ipxe/ipxe.efi': 'ipxe', '/usr/lib/ipxe/ipxe-arm64.efi': 'ipxe',
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
} as const
export type FileName = keyof typeof filePackages

/** A listener's place and whether it is free, taken, or not this host's. */
export interface PortFact { name: string, address: string, port: number, state: 'free' | 'taken' | 'not-ours' | 'forbidden' }

/** How the bastion of the settings answers. */
export interface BastionFact { state: 'not-configured' | 'half-configured' | 'answers' | 'wrong-key' | 'unreachable' | 'unauthenticated' | 'failed', url: string | null, because: string, nextStep?: string | null }

/** Everything that doctor judges. */
export interface HostFacts {
  root: boolean
  programs: Record<ProgramName, boolean>
  files: Record<FileName, boolean>
  /** Null when a process may make user and network namespaces; else why not. */
  namespacesRefused: string | null
  kvm: 'usable' | 'forbidden' | 'absent'
  tun: boolean
  /** Free bytes where the bastion keeps its state; null when unknown. */
  freeDiskBytes: number | null
  availableMemoryBytes: number
  processors: number
  ports: PortFact[]
  bastion: BastionFact
  /** The bastion.yaml that was looked into; null when none was found. */
  config: string | null
  /** How it says DHCP is done; null without one. */
  dhcp: { mode: 'off' | 'proxy' | 'server', interface: string | null } | null
  /** The installation tree whose installer discovers machines; null where the RAM disk does, and without a configuration. */
  discoverer: string | null
  ramdiskBuilt: boolean
  /** Names of root images that are built. */
  imagesBuilt: string[]
  service: ServiceFacts
}
