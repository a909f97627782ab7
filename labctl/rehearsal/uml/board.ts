// A User-Mode Linux machine: asks its firmware what to start, starts it as a process, and does so again when it reboots.
// Started by the keeper: `board.ts MACHINE-FOLDER`. Ends when the machine powers off; SIGKILL is pulling its plug.
import { execFileSync, spawn } from 'node:child_process'
import { createReadStream, createWriteStream, readFileSync, type WriteStream } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import type { MachineSpec } from '../machine-spec.ts'
import { rehearsalNetwork } from '../rehearsal-network.ts'
import { serveConsole } from './board-console.ts'
import type { FirmwareAnswer } from './firmware.ts'
import { planUml } from './plan-uml.ts'
import { umlTree } from './uml-tree.ts'

const directory = process.argv[2]!
const spec = JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8')) as MachineSpec
const tree = umlTree(process.env)
const console_ = serveConsole(join(directory, 'console.sock'), join(directory, 'console.log'))
/** Whatever is started dies with the board, however that ends (prctl(2), PR_SET_PDEATHSIG). */
const bound = ['--pdeathsig', 'KILL']

async function askFirmware(): Promise<FirmwareAnswer | null> {
  const child = spawn('setpriv', [...bound, 'unshare', '--net', process.execPath, new URL('firmware.ts', import.meta.url).pathname, directory], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stderr.on('data', (bytes: Buffer) => { console_.write(bytes) })
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
async function packInitrd(parts: readonly string[]): Promise<string> {
  const path = join(directory, 'initrd')
  const out: WriteStream = createWriteStream(path, { mode: 0o600 })
  for (const part of parts) {
    await pipeline(createReadStream(part) as Readable, out, { end: false })
    const over = out.bytesWritten % 4
    if (over > 0) out.write(Buffer.alloc(4 - over))
  }
  out.end()
  await once(out, 'close')
  return path
}

async function runKernel(answer: FirmwareAnswer): Promise<'reboot' | 'off'> {
  execFileSync('sh', [join(dirname(new URL(import.meta.url).pathname), 'pack-hardware.sh'), directory, join(directory, 'hardware.cpio')], { timeout: 20_000, env: { ...process.env, SYS_VENDOR: spec.manufacturer, PRODUCT_NAME: spec.product, PRODUCT_SERIAL: spec.serial, PRODUCT_UUID: spec.uuid, DISKS: spec.disks.map(disk => `${basename(disk.file)} ${disk.sizeBytes} ${disk.serial}`).join('\n'), FOLDER: directory, ROOT: answer.kind === 'disk' ? 'disk' : 'initrd' } })
  const initrd = await packInitrd(answer.kind === 'kernel' ? [...answer.initrds, tree.modules, join(directory, 'hardware.cpio')] : [tree.ramdisk(), tree.modules, join(directory, 'hardware.cpio')])
  const child = spawn('setpriv', [...bound, 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', join(dirname(new URL(import.meta.url).pathname), 'start-uml.sh'), tree.directory,
    ...planUml(spec, answer.kind === 'kernel' ? answer.args : [], initrd)], { stdio: ['pipe', 'pipe', 'pipe'] })
  let tail = ''
  const take = (bytes: Buffer) => {
    tail = (tail + bytes.toString('latin1')).slice(-4000)
    console_.write(bytes)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const detach = console_.attach(child.stdin)
  await once(child, 'close')
  detach()
  return /reboot: Restarting system|Rebooting in \d+ seconds|reboot: machine restart/.test(tail) ? 'reboot' : 'off'
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { process.exit(0) })
for (;;) {
  const answer = await askFirmware()
  if (answer === null) {
    console_.write(Buffer.from('labctl firmware: no bootable device. Powering off.\r\n'))
    break
  }
  if (await runKernel(answer) === 'off') break
}
process.exit(0)
