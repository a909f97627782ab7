import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { spawn, type ChildProcess } from 'node:child_process'
import { pack } from 'tar-stream'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { OperatorStore } from '../../bastion/access/operator-store.ts'
import { systemClock } from '../../bastion/platform/clock.ts'
import { openDatabase } from '../../bastion/platform/database.ts'
import { projectFolder } from '../house/list-sources.ts'

/** An answer of either plane. */
export interface Answer { status: number, type: string, body: Buffer, json: () => Record<string, unknown>, headers: Record<string, unknown> }

/** The real daemon, as a process of its own on loopback, with DHCP off and small stand-ins for RAM disk and image files (only their bytes are made up). */
export interface LoopbackBastion {
  folder: string
  bootPort: number
  controlPort: number
  token: string
  log: () => string
  /** `nodeArguments`, `env`: for node, before the program. */
  start: (more?: { nodeArguments: readonly string[], env: Record<string, string> }) => Promise<void>
  /** Kills it as a power cut would: no signal that it could catch. */
  kill: () => Promise<void>
  stop: () => Promise<number | null>
  /** `from`: the address of 127.0.0.0/8 that it comes from. */
  control: (method: string, path: string, body?: unknown, headers?: Record<string, string>, from?: string) => Promise<Answer>
  boot: (path: string, from?: string) => Promise<{ status: number, text: string, headers: Headers }>
}

const onTinyDisk = `cd "$0" && mkdir -p state && mount -t tmpfs -o size=4m none state && chmod 700 state && cd "$OLDPWD"
(until [ -e "$0/fill" ]; do sleep 0.05; done; dd if=/dev/zero of="$0/state/filler" bs=16k 2>/dev/null; dd if=/dev/zero of="$0/state/filler2" bs=512 2>/dev/null; : >"$0/full"
until [ -e "$0/free" ]; do sleep 0.05; done; rm "$0/state/filler" "$0/state/filler2"; : >"$0/freed") &
exec "$@"`

/** Starts it in the test's folder; it ends with the test. `config` is merged over the sections. `tiny`: its state is on a file system of 4 MB, in a mount namespace of its own, that fills up when the test makes the file `fill` in the folder and has room again with `free`; then there is no operator's token. */
export async function startLoopbackBastion(t: Test, config: Record<string, Record<string, unknown>> = {}, tiny = false): Promise<LoopbackBastion> {
  const folder = t.testdir()
  const [bootPort, controlPort] = [await freePort(), await freePort()]
  const layout = { disk: { pick: 'only' }, group: 'vg0', bootMib: 512, espMib: 256, volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: false }] }
  writeFileSync(join(folder, 'bastion.yaml'), stringify({
    state: join(folder, 'state'), log: { level: 'debug' }, bootPlane: { port: bootPort }, controlPlane: { port: controlPort }, stopSeconds: 5,
    ramdisk: { directory: join(folder, 'ramdisk') }, os: { directory: join(folder, 'os') }, boot: { pollSeconds: 1, ...config['boot'] },
    ...config['logIntake'] === undefined ? {} : { logIntake: config['logIntake'] },
    ...config['discovery'] === undefined ? {} : { discovery: config['discovery'] },
    limits: { clientPerMinute: 1_000_000, conversationPerMinute: 1_000_000, bootPlanePerMinute: 1_000_000, treesPerMinute: 1_000_000, strangersPerMinute: 1_000_000, ...config['limits'] }, install: { layouts: { worker: layout }, ...config['install'] },
  }))
  const manifest = (name: string, files: string[]) => {
    const at = join(folder, name)
    mkdirSync(at, { recursive: true })
    for (const file of files) writeFileSync(join(at, file), file)
    writeFileSync(join(at, 'manifest.json'), JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-test', builtAt: 1, files: files.map(file => ({ name: file, sizeBytes: file.length, sha256: '0'.repeat(64) })) }))
  }
  manifest('ramdisk', ['vmlinuz', 'ramdisk.img'])
  manifest('os/debian-13', ['image.tar', 'image.tar.zst'])
  let child: ChildProcess | null = null
  let output = ''
  const bastion: LoopbackBastion = {
    folder, bootPort, controlPort, token: '', log: () => output,
    async start(more = { nodeArguments: [], env: {} }) {
      const program = [process.execPath, ...more.nodeArguments, 'bastion/main.ts', '--config', join(folder, 'bastion.yaml')]
      const [file = '', ...args] = tiny ? ['unshare', '-Urm', 'sh', '-c', onTinyDisk, folder, ...program] : program
      const started = spawn(file, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...more.env } })
      child = started
      for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
      const since = output.length
      while (!output.slice(since).includes('labctl-bastion is ready')) {
        if (started.exitCode !== null) throw new Error(`The bastion ended with ${started.exitCode}: ${output.slice(since)}`)
        await Promise.race([once(started.stdout, 'data'), once(started, 'exit')])
      }
    },
    async kill() {
      child?.kill('SIGKILL')
      if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    async stop() {
      child?.kill('SIGTERM')
      if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      return child?.exitCode ?? null
    },
    control: (method, path, body, headers = {}, from) => control(controlPort, method, path, body, { ...bastion.token === '' ? {} : { authorization: `Bearer ${bastion.token}` }, ...headers }, from),
    boot: (path, from) => askBootPlane(bootPort, path, from),
  }
  t.teardown(() => bastion.kill())
  await bastion.start()
  if (tiny) return bastion
  // What `labctl-bastion operator-token` does, without the second that a process of its own takes to start.
  const database = openDatabase(join(folder, 'state/bastion.sqlite'))
  bastion.token = new OperatorStore(database, systemClock).put('admin', 'admin')
  database.close()
  return bastion
}

/** A program's report as a machine would send it, and the machine's key. */
export class SimulatedMachine {
  readonly bastion: LoopbackBastion
  readonly mac: string
  readonly uuid: string
  readonly serial: string
  readonly key: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  readonly publicPem: string
  bearer = ''
  /** Where it speaks from; null for wherever it is. */
  address: string | null = null

  constructor(bastion: LoopbackBastion, number: number) {
    this.bastion = bastion
    const hex = number.toString(16).padStart(2, '0')
    this.mac = `52:54:00:00:00:${hex}`
    this.uuid = `5e9b7a10-0000-4000-8000-0000000000${hex}`
    this.serial = `SN-${number}`
    this.publicPem = createPublicKey(this.key).export({ type: 'spki', format: 'pem' }).toString()
  }

  /** Asks /dispatch and gives the script. */
  async dispatch(): Promise<string> {
    return (await this.bastion.boot(`/dispatch?mac=${this.mac}&uuid=${this.uuid}&serial=${this.serial}&manufacturer=Test&product=Machine&buildarch=x86_64&platform=pcbios`, this.address ?? undefined)).text
  }

  /** Fetches the overlay that a script names, and takes its bearer. */
  async overlay(script: string): Promise<{ status: number, text: string, purpose: string | undefined }> {
    const path = /\/boot\/[^ ]+\/overlay\.cpio/.exec(script)?.[0]
    if (path === undefined) throw new Error(`The script loads no overlay:\n${script}`)
    const { status, text } = await this.bastion.boot(path, this.address ?? undefined)
    this.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(text)?.[1] ?? this.bearer
    return { status, text, purpose: /LABCTL_PURPOSE='(\w+)'/.exec(text)?.[1] }
  }

  /** The raw report; `more` adds or replaces files. */
  async report(more: Record<string, string> = {}): Promise<Buffer> {
    const disk = { kname: 'vda', name: 'vda', type: 'disk', size: 40 * 2 ** 30, serial: `disk-${this.serial}`, rota: true, rm: false, ro: false, 'log-sec': 512, 'phy-sec': 512, tran: 'virtio', pttype: null, fstype: null }
    const files: Record<string, string> = {
      'public-key.pem': this.publicPem, uname: 'x86_64\n', firmware: 'bios\n', 'lsblk.json': JSON.stringify({ blockdevices: [disk] }), exits: 'lsblk.json 0 1.0 1.1\nlvm 0 1.0 1.1\nsignatures+vda 0 1.0 1.1\n',
      'signatures/vda': '', 'by-id': `lrwxrwxrwx 1 root root 9 Jan 1 00:00 virtio-disk-${this.serial} -> ../../vda\n`, 'lvm.json': '{"report":[]}',
      'dmi/product_uuid': `${this.uuid}\n`, 'dmi/product_serial': `${this.serial}\n`, 'dmi/sys_vendor': 'Test\n', 'dmi/product_name': 'Machine\n', nics: `eth0|${this.mac}|virtio_net|1|1000\n`, 'ip.json': '[]', cpuinfo: 'processor : 0\n', meminfo: 'MemTotal: 2097152 kB\n', ...more,
    }
    const archive = pack()
    for (const [name, content] of Object.entries(files)) archive.entry({ name }, content)
    archive.finalize()
    return Buffer.concat(await Array.fromAsync(archive) as Buffer[])
  }

  async facts(report?: Buffer): Promise<Answer> {
    return this.say('POST', '/api/boot/facts', report ?? await this.report(), 'application/x-tar')
  }

  progress(phase: string, more: Record<string, unknown> = {}): Promise<Answer> {
    return this.say('POST', '/api/boot/progress', Buffer.from(JSON.stringify({ phase, ...more })), 'application/json')
  }

  /** The report after an installation. */
  async installed(report: Buffer): Promise<Answer> {
    return this.say('POST', '/api/boot/installed', report, 'application/x-tar')
  }

  async next(): Promise<Answer> {
    return this.say('GET', '/api/boot/next')
  }

  /** The first boot's report, signed with the machine's key or another. */
  firstBoot(order: string, attempt: number, key = this.key, more: object = {}): Promise<Answer> {
    const body = Buffer.from(JSON.stringify({ phase: 'first-boot', attempt, order, bootId: 'b', machine: 'worker-1', at: 1, ...more }))
    return control(this.bastion.controlPort, 'POST', '/api/boot/progress', body, { 'content-type': 'application/json', 'labctl-machine-signature': sign('sha256', body, key).toString('base64') })
  }

  /** One call of the boot conversation with this boot's bearer. */
  say(method: string, path: string, body?: Buffer, type?: string): Promise<Answer> {
    return control(this.bastion.controlPort, method, path, body, { authorization: `Bearer ${this.bearer}`, ...type === undefined ? {} : { 'content-type': type } }, this.address ?? undefined)
  }

  /** Boots as far as the facts. */
  async discover(): Promise<Answer> {
    await this.overlay(await this.dispatch())
    return this.facts()
  }
}

/** One request to the boot plane. */
export async function askBootPlane(port: number, path: string, from?: string): Promise<{ status: number, text: string, headers: Headers }> {
  const message = plainRequest({ host: '127.0.0.1', port, path, agent: false, ...from === undefined ? {} : { localAddress: from } }).end()
  const [response] = await once(message, 'response') as [import('node:http').IncomingMessage]
  const text = Buffer.concat(await response.toArray() as Buffer[]).toString()
  return { status: response.statusCode!, text, headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])) }
}

/** One request to the control plane, whoever it speaks for. */
export async function control(port: number, method: string, path: string, body: unknown, headers: Record<string, string>, from?: string): Promise<Answer> {
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  const message = request({ host: '127.0.0.1', port, method, path, rejectUnauthorized: false, agent: false, ...from === undefined ? {} : { localAddress: from }, headers: { ...bytes === undefined ? {} : { 'content-length': bytes.length, 'content-type': 'application/json' }, ...headers } })
  // After the answer too: a server that refuses a body closes before all of it was sent.
  message.on('error', () => undefined)
  message.end(bytes)
  const [response] = await once(message, 'response') as [import('node:http').IncomingMessage]
  const answer = Buffer.concat(await response.toArray() as Buffer[])
  return { status: response.statusCode!, type: response.headers['content-type'] ?? '', body: answer, headers: response.headers, json: () => JSON.parse(answer.toString()) as Record<string, unknown> }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
