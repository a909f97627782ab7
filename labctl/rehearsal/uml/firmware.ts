// The "firmware" of a User-Mode Linux machine: DHCP as an iPXE would, the boot scripts, and what they say to start.
// Runs in a network namespace of its own, where `eth0` is the machine's card: `firmware.ts MACHINE-FOLDER SECONDS`.
// The last line on standard output is JSON: what to start; kernel and initrds are files in the folder by then.
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { disksIn, type MachineSpec } from '../machine-spec.ts'
import { runIpxeScript } from './run-ipxe-script.ts'

/** What the board is to start. `initrds`: paths in order. */
export type FirmwareAnswer = { kind: 'kernel', args: string[], initrds: string[] } | { kind: 'disk' }

const directory = process.argv[2]!
const spec = JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8')) as MachineSpec
const say = (text: string) => { process.stderr.write(`${text}\r\n`) }

function bootsDisk(): boolean {
  const [disk] = disksIn(spec)
  if (disk === undefined || !existsSync(disk.file)) return false
  const sector = Buffer.alloc(512)
  const file = openSync(disk.file, 'r')
  try { readSync(file, sector, 0, 512, 0) } finally { closeSync(file) }
  return sector[510] === 0x55 && sector[511] === 0xaa
}

function lease(): Record<string, string> {
  const out = join(directory, 'lease')
  const script = join(directory, 'lease.sh')
  writeFileSync(script, `#!/bin/sh\nif [ "$1" = bound ]; then printf '%s\\n' "ip=$ip" "netmask=$subnet" "gateway=$router" "file=\${bootfile:-$boot_file}" >'${out}'; fi\n`, { mode: 0o700 })
  // Option 175 says that an iPXE asks, option 93 the architecture (0: x86 BIOS).
  execFileSync('busybox', ['udhcpc', '-i', 'eth0', '-f', '-n', '-q', '-B', '-C', '-t', '10', '-T', '1', '-V', 'PXEClient:Arch:00000:UNDI:002001', '-x', '0xaf:b105018086100e', '-x', '0x5d:0000', '-O', '67', '-O', 'router', '-O', 'subnet', '-s', script], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 })
  return Object.fromEntries(readFileSync(out, 'utf8').trim().split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

async function fetchFile(url: string): Promise<Buffer> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(60_000) })
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.headers.get('content-length') !== String(bytes.length)) throw new Error(`${url}: firmware wants a Content-Length that is right, got ${response.headers.get('content-length') ?? 'none'}`)
  return bytes
}

async function bootNetwork(): Promise<FirmwareAnswer | null> {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  execFileSync('ip', ['link', 'set', 'eth0', 'up'])
  const { ip = '', netmask = '', gateway = '', file = '' } = lease()
  say(`labctl firmware: ${spec.nics[0]?.mac} has ${ip}, boot file ${file}`)
  if (ip === '' || file === '') return null
  execFileSync('ip', ['addr', 'add', `${ip}/${netmask}`, 'dev', 'eth0'])
  if (gateway !== '') execFileSync('ip', ['route', 'add', 'default', 'via', gateway])
  const settings = {
    'netX/mac': spec.nics[0]!.mac, 'net0/mac': spec.nics[0]!.mac, 'netX/ip': ip, 'netX/netmask': netmask, 'netX/gateway': gateway, uuid: spec.uuid, serial: spec.serial,
    manufacturer: spec.manufacturer, product: spec.product, asset: '', buildarch: 'x86_64', platform: 'pcbios',
  }
  const end = await runIpxeScript(file, { settings, fetch: fetchFile, say, sleep: ms => sleep(ms), bootsDisk })
  if (end.kind !== 'kernel') return end.kind === 'disk' ? { kind: 'disk' } : null
  const initrds = end.initrds.map(({ bytes }, at) => {
    const path = join(directory, `initrd-${at}`)
    writeFileSync(path, bytes, { mode: 0o600 })
    return path
  })
  return { kind: 'kernel', args: end.args, initrds }
}

// The board moves the network card in when it reads this line, and says so by closing standard input.
process.stdout.write('ready\n')
for await (const _ of process.stdin) { /* until it is closed */ }
const answer = spec.nics.length === 0 || spec.diskOnly ? null : await bootNetwork().catch((error: unknown) => { say(`labctl firmware: network boot failed: ${error instanceof Error ? error.message : String(error)}`); return null })
process.stdout.write(`${JSON.stringify(answer ?? (bootsDisk() ? { kind: 'disk' } : null))}\n`)
process.exit(0)
