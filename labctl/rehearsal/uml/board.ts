// A User-Mode Linux machine: asks its firmware what to start, starts it as a process, and does so again when it reboots.
// Started by the keeper: `board.ts MACHINE-FOLDER`. Ends when the machine powers off; SIGKILL is pulling its plug.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { once } from 'node:events'
import { disksIn, type MachineSpec } from '../machine-spec.ts'
import { rehearsalNetwork } from '../rehearsal-network.ts'
import { serveConsole } from './board-console.ts'
import type { FirmwareAnswer } from './firmware.ts'
import { planUml } from './plan-uml.ts'
import { onQuietestCpu } from './quietest-cpu.ts'
import { umlTree } from './uml-tree.ts'

const directory = process.argv[2]!
const spec = JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8')) as MachineSpec
const tree = umlTree(process.env)
const line = serveConsole(join(directory, 'console.sock'), join(directory, 'console.log'))
const beside = (name: string) => new URL(name, import.meta.url).pathname
/** Whatever is started dies with the board, however that ends (prctl(2), PR_SET_PDEATHSIG). */
const bound = ['--pdeathsig', 'KILL']

async function askFirmware(): Promise<FirmwareAnswer | null> {
  const child = spawn('setpriv', [...bound, 'unshare', '--net', process.execPath, beside('firmware.ts'), directory], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stderr.on('data', (bytes: Buffer) => { line.write(bytes) })
  const ended = once(child, 'exit')
  let said = ''
  let wired = false
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    said += chunk.toString()
    if (!wired && said.includes('ready\n')) {
      wired = true
      wireCard(child.pid!)
      child.stdin.end()
    }
  }
  await ended
  const last = said.trim().split('\n').at(-1)
  return last === undefined || last === 'ready' ? null : JSON.parse(last) as FirmwareAnswer | null
}

/** The firmware's network card: the machine's first MAC, on the bridge. It goes away with the firmware's namespace. */
function wireCard(pid: number): void {
  const [nic] = spec.nics
  if (nic === undefined) return
  const outside = `${nic.tap.replace('rehearsal-', 'rhl-fw-')}`
  const ip = (...args: string[]) => { execFileSync('ip', args, { stdio: 'ignore', timeout: 5000 }) }
  ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'address', nic.mac, 'netns', String(pid))
  ip('link', 'set', outside, 'master', rehearsalNetwork.bridge, 'up')
}

/** The initrd: archives one after the other, each padded to 4 bytes (Documentation/driver-api/early-userspace/buffer-format). */
function packInitrd(parts: readonly string[]): string {
  const path = join(directory, 'initrd')
  const out = openSync(path, 'w', 0o600)
  try {
    for (const part of parts) {
      const bytes = readFileSync(part)
      writeSync(out, bytes)
      writeSync(out, Buffer.alloc(-bytes.length & 3))
    }
  } finally {
    closeSync(out)
  }
  return path
}

function packHardware(root: FirmwareAnswer['kind']): string {
  const out = join(directory, 'hardware.cpio')
  const env = {
    ...process.env, SYS_VENDOR: spec.manufacturer, PRODUCT_NAME: spec.product, PRODUCT_SERIAL: spec.serial, PRODUCT_UUID: spec.uuid,
    DISKS: disksIn(spec).map(disk => `${basename(disk.file)} ${disk.sizeBytes} ${disk.serial}`).join('\n'), FOLDER: directory, ROOT: root === 'disk' ? 'disk' : 'initrd', CLOCK: spec.clock ?? '',
  }
  execFileSync('sh', [beside('pack-hardware.sh'), directory, out], { timeout: 20_000, env })
  return out
}

/** Its number in the rehearsal, from 0; see `planMachine`. */
function machineNumber(): number {
  return Number(/\d+/.exec(spec.nics[0]?.tap ?? '')?.[0] ?? 0)
}

async function runKernel(answer: FirmwareAnswer): Promise<'reboot' | 'off'> {
  const initrd = packInitrd([...answer.kind === 'kernel' ? answer.initrds : [tree.ramdisk()], tree.modules, packHardware(answer.kind)])
  const args = planUml(spec, answer.kind === 'kernel' ? answer.args : [], initrd)
  const child = spawn('setpriv', [...bound, 'unshare', '--mount', '--pid', '--fork', '--kill-child', ...await onQuietestCpu(machineNumber()), 'sh', beside('start-uml.sh'), tree.directory, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  running = child
  let tail = ''
  const take = (bytes: Buffer) => {
    tail = (tail + bytes.toString('latin1')).slice(-4000)
    line.write(bytes)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const detach = line.attach(child.stdin)
  await once(child, 'close')
  detach()
  running = null
  return /reboot: Restarting system|Rebooting in \d+ seconds/.test(tail) ? 'reboot' : 'off'
}

let running: ReturnType<typeof spawn> | null = null
const power = { plugged: true }
// The plug is pulled; the disk's file must be nobody's by the time this ends.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {
  power.plugged = false
  if (running === null) process.exit(0)
  running.kill('SIGKILL')
})
while (power.plugged) {
  const answer = await askFirmware()
  if (answer === null) {
    line.write(Buffer.from('labctl firmware: no bootable device. Powering off.\r\n'))
    break
  }
  if (await runKernel(answer) === 'off') break
}
process.exit(0)
