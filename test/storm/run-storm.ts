// A storm against the real bastion with its real dnsmasq, in the network namespace of the caller; the machines are in another one, at the end of a cable.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { OperatorStore } from '../../bastion/access/operator-store.ts'
import { systemClock } from '../../bastion/platform/clock.ts'
import { openDatabase } from '../../bastion/platform/database.ts'
import { bastionEnvironment } from '../../labctl/standalone/bastion-program.ts'
import { projectFolder } from '../house/list-sources.ts'
import { plugMachine, run } from '../lib/own-network.ts'
import type { StormBoot, StormPhase } from './simulate-machine.ts'
import type { StormLine, StormSpec } from './simulator.ts'
import { measureUsage, type Usage } from './measure-usage.ts'

/** `ramdisk`: the folder of the RAM disk that is served. `restMs`: how long the bastion has been running when the storm comes. `config`: sections of bastion.yaml beside the defaults. */
export interface StormRun extends StormSpec { ramdisk: string, restMs?: number, config?: Record<string, unknown>, onState?: (atMs: number, phases: Partial<Record<StormPhase, number>>) => void, profile?: string }
/** A machine of the bastion's list. */
export interface ListedMachine { id: string, macs: string[], alarms: number, state: string }
/** What came of it. `used`: by the bastion itself, its processes that send files, dnsmasq, and the simulator, during the storm alone. */
export interface StormResult { boots: StormBoot[], machines: ListedMachine[], used: Record<StormProcess, Omit<Usage, 'name'>>, log: string, ask: (path: string) => Promise<unknown>, stop: () => Promise<void> }

export type StormProcess = 'bastion' | 'files' | 'dnsmasq' | 'simulator'

const [bootPort, controlPort] = [8080, 8443]
const bastionAddress = '10.77.0.1'
/** Every address of the range is the simulator's own, as if leased addresses were added one by one: ip(8), "local" routes. They stand behind one neighbour, since Linux knows no more than 1,024 at a time (arp(7), gc_thresh3) on all networks of a host together. */
const machinesNetwork = '10.77.8.0/21'
const neighbour = '10.77.0.2'

/** Runs it and gives what it measured; the bastion still runs, for questions, until `stop`. */
export async function runStorm(spec: StormRun): Promise<StormResult> {
  const folder = mkdtempSync(join(process.env['LABCTL_STORM_FOLDER'] ?? tmpdir(), 'labctl-storm-'))
  const cable = await plugMachine('boot0', `${bastionAddress}/20`)
  await cable.run('ip', 'route', 'add', 'local', machinesNetwork, 'dev', 'lo')
  await cable.run('ip', 'address', 'add', `${neighbour}/32`, 'dev', 'eth0')
  await cable.run('ip', 'route', 'add', 'default', 'dev', 'eth0', 'scope', 'link')
  await run('ip', 'route', 'add', machinesNetwork, 'via', neighbour, 'dev', 'boot0')
  const bastion = await startBastion(folder, spec)
  try {
    // What starting up needed is given back a few seconds later.
    await sleep(spec.restMs ?? 0)
    const used = measureUsage(bastion.pid)
    const end = await simulate(cable.enter, spec)
    const [own, ...children] = used()
    const [dnsmasq, files] = [children.filter(({ name }) => name === 'dnsmasq'), children.filter(({ name }) => name !== 'dnsmasq')]
    return {
      boots: end.boots, machines: (await bastion.ask('/api/machines') as { machines: ListedMachine[] }).machines,
      used: { bastion: own!, files: sumOf(files), dnsmasq: sumOf(dnsmasq), simulator: sumOf([{ name: 'simulator', ...end }]) },
      log: bastion.log(), ask: bastion.ask,
      stop: async () => {
        await bastion.stop()
        await cable.end()
        rmSync(folder, { recursive: true })
      },
    }
  } catch (error) {
    await bastion.stop()
    await cable.end()
    throw error
  }
}

async function simulate(enter: readonly string[], { count, spreadMs, deadlineMs, waitMs, onState }: StormRun): Promise<Extract<StormLine, { kind: 'end' }>> {
  const child = spawn(enter[0]!, [...enter.slice(1), process.execPath, fileURLToPath(new URL('simulator.ts', import.meta.url)), JSON.stringify({ count, spreadMs, deadlineMs, waitMs })], { stdio: ['ignore', 'pipe', 'inherit'] })
  let end: Extract<StormLine, { kind: 'end' }> | null = null
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as StormLine
    if (line.kind === 'end') end = line
    else onState?.(line.atMs, line.phases)
  }
  if (end === null) throw new Error(`the simulator ended with ${child.exitCode ?? child.signalCode} and told nothing`)
  return end
}

async function startBastion(folder: string, { ramdisk, config, profile }: StormRun) {
  const path = join(folder, 'bastion.yaml')
  mkdirSync(join(folder, 'os'))
  writeFileSync(path, stringify({
    state: join(folder, 'state'), bootPlane: { address: bastionAddress, port: bootPort }, controlPlane: { address: bastionAddress, port: controlPort },
    dhcp: { mode: 'server', interface: 'boot0', netmask: '255.255.240.0', rangeStart: '10.77.8.1', rangeEnd: '10.77.15.254', routerAdvertisements: false },
    ramdisk: { directory: ramdisk }, os: { directory: join(folder, 'os') }, ...config,
  }))
  // As systemd gives it (systemd.exec(5)).
  const memory = mkdtempSync('/dev/shm/labctl-storm-')
  // It ends with whoever started it, however that ends.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', process.execPath, ...profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`], 'bastion/main.ts', '--config', path], { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...bastionEnvironment(process.env), RUNTIME_DIRECTORY: memory } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  while (!output.includes('labctl-bastion is ready')) {
    if (child.exitCode !== null) throw new Error(`The bastion ended with ${child.exitCode}: ${output}`)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  }
  const database = openDatabase(join(folder, 'state/bastion.sqlite'))
  const token = new OperatorStore(database, systemClock).put('operator', 'admin')
  database.close()
  const ask = async (from: string): Promise<unknown> => {
    const [answer] = await once(request({ host: bastionAddress, port: controlPort, path: from, rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${token}` } }).end(), 'response') as [import('node:http').IncomingMessage]
    return JSON.parse(Buffer.concat(await answer.toArray() as Buffer[]).toString())
  }
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    rmSync(memory, { recursive: true, force: true })
  }
  return { pid: child.pid!, log: () => output, ask, stop }
}

function sumOf(all: readonly Usage[]): Omit<Usage, 'name'> {
  return { cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0), residentBytes: all.reduce((sum, { residentBytes }) => sum + residentBytes, 0) }
}
