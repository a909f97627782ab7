import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stringify } from 'yaml'
import { bastionEnvironment } from '../../../labctl/standalone/bastion-program.ts'
import { projectFolder } from '../../house/list-sources.ts'
import { freePort } from '../../lib/loopback-bastion.ts'
import { fillDatabase } from './fill-database.ts'

/** A real bastion in a process of its own, on loopback, its state on a disk (not in memory). */
export interface BenchBastion {
  folder: string
  pid: number
  bootPort: number
  controlPort: number
  known: number
  armed: number
  stop: () => Promise<void>
}

/** What it may be started with: machines in its store, bytes of a root image, arguments for node (to profile). */
export interface BenchWishes { machines: number, imageBytes?: number, nodeArguments?: readonly string[], boot?: Record<string, unknown> }

/** No client is limited here: all of them have a few addresses. */
const limits = { clientPerMinute: 1_000_000, conversationPerMinute: 1_000_000, bootPlanePerMinute: 1_000_000, strangersPerMinute: 1_000_000, connections: 20_000, connectionsPerAddress: 4096, discoveredMachines: 100_000 }

/** Starts it; RAM disk and image are files of the right names, and of zeros. */
export async function startBenchBastion({ machines, imageBytes = 1000, nodeArguments = [], boot = {} }: BenchWishes): Promise<BenchBastion> {
  const folder = mkdtempSync('/var/tmp/labctl-bench-')
  const [bootPort, controlPort] = [await freePort(), await freePort()]
  for (const [name, files] of [['ramdisk', ['vmlinuz', 'ramdisk.img']], ['os/debian-13', ['image.tar', 'image.tar.zst']]] as const) {
    const at = join(folder, name)
    mkdirSync(at, { recursive: true })
    const sizeBytes = name === 'ramdisk' ? 1000 : imageBytes
    for (const file of files) {
      writeFileSync(join(at, file), '')
      truncateSync(join(at, file), sizeBytes)
    }
    writeFileSync(join(at, 'manifest.json'), JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-bench', builtAt: 1, files: files.map(file => ({ name: file, sizeBytes, sha256: '0'.repeat(64) })) }))
  }
  const layout = { disk: { pick: 'largest' }, group: 'vg0', bootMib: 512, espMib: 256, volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: false }] }
  writeFileSync(join(folder, 'bastion.yaml'), stringify({
    state: join(folder, 'state'), bootPlane: { port: bootPort }, controlPlane: { port: controlPort }, stopSeconds: 10,
    ramdisk: { directory: join(folder, 'ramdisk') }, os: { directory: join(folder, 'os'), stream: 'tar' }, boot, limits, install: { layouts: { worker: layout } },
  }))
  const filled = fillDatabase(join(folder, 'state'), machines)
  const log = join(folder, 'log')
  const output = openSync(log, 'a')
  const child = spawn(process.execPath, [...nodeArguments, 'bastion/main.ts', '--config', join(folder, 'bastion.yaml')], { cwd: projectFolder, stdio: ['ignore', output, output], env: { ...process.env, ...bastionEnvironment(process.env) } })
  while (!readFileSync(log, 'utf8').includes('labctl-bastion is ready')) {
    if (child.exitCode !== null) throw new Error(`The bastion ended with ${child.exitCode}:\n${readFileSync(log, 'utf8')}`)
    await delay(100)
  }
  return { folder, pid: child.pid!, bootPort, controlPort, ...filled, stop: async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  } }
}

/** Ends a child that this bench started, and waits for it. */
export async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
