import { spawnSync } from 'node:child_process'

/** What the tests and the rehearsal need of Debian's packages, by name. */
export const systemPackages = [
  'qemu-system-x86', 'qemu-utils', 'ovmf', 'ipxe', 'ipxe-qemu', 'dnsmasq-base', 'mmdebstrap', 'debian-archive-keyring', 'iproute2', 'cpio',
  'zstd', 'socat', 'uidmap', 'busybox', 'curl', 'openssl', 'shellcheck', 'perl-base', 'util-linux', 'mount', 'python3-pip', 'openssh-client', 'sudo',
]

/** What test/full needs beyond: a firewall for single machines, and firmware that no installation is tried with. */
export const fullTestPackages = ['nftables', 'qemu-system-arm', 'qemu-efi-aarch64', 'ovmf-ia32']

/** Installs those of these packages that are missing: as root, or through sudo. Says what it does; ends the program with the command to run when it can't. */
export function installSystemPackages(packages: readonly string[] = systemPackages): void {
  const missing = packages.filter(name => !spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' }).stdout.startsWith('installed'))
  if (missing.length === 0) return
  console.log(`Installing ${missing.join(', ')} ...`)
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo']
  const run = (...words: string[]) => spawnSync([...asRoot, ...words][0]!, [...asRoot, ...words].slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
  if (run('apt-get', 'update') && run('apt-get', 'install', '-y', '--no-install-recommends', ...missing)) return
  console.error(`These packages are missing and could not be installed. Run: apt-get install ${missing.join(' ')}`)
  process.exit(1)
}
