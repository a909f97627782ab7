// The real composition root in this process, on loopback and with real SQLite, for inputs that come over sockets.
import { mkdtempSync, rmSync, mkdirSync, writeFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { stringify } from 'yaml'
import { startBastion } from '../../bastion/bastion.ts'
import type { Journal } from '../../bastion/platform/journal.ts'
import { readConfig } from '../../bastion/platform/read-config.ts'

/** What was answered. */
export interface Heard { status: number, body: Buffer }

/** A bastion to speak to. `failures` gives, and forgets, what it logged as its own failures. */
export interface FuzzBastion {
  bootPort: number
  boot: (path: string) => Promise<Heard>
  control: (method: string, path: string, headers: Record<string, string>, body?: Buffer) => Promise<Heard>
  failures: () => string[]
  stop: () => Promise<void>
}

const free = 10_000_000

/** Starts it in memory where there is room for that: a real disk’s syncs are not what is looked for. */
export async function startFuzzBastion(): Promise<FuzzBastion> {
  const folder = mkdtempSync('/dev/shm/labctl-fuzz-')
  const [bootPort, controlPort] = [await freePort(), await freePort()]
  mkdirSync(join(folder, 'ramdisk'))
  for (const file of ['vmlinuz', 'ramdisk.img']) writeFileSync(join(folder, 'ramdisk', file), file)
  writeFileSync(join(folder, 'ramdisk/manifest.json'), JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-test', builtAt: 1, files: ['vmlinuz', 'ramdisk.img'].map(file => ({ name: file, sizeBytes: file.length, sha256: '0'.repeat(64) })) }))
  writeFileSync(join(folder, 'bastion.yaml'), stringify({
    state: join(folder, 'state'), bootPlane: { port: bootPort }, controlPlane: { port: controlPort }, ramdisk: { directory: join(folder, 'ramdisk') }, os: { directory: join(folder, 'os') }, boot: { pollSeconds: 1 },
    limits: { clientPerMinute: free, conversationPerMinute: free, bootPlanePerMinute: free, strangersPerMinute: free },
  }))
  let failures: string[] = []
  const log = new Writable({ write: (chunk: Buffer, _encoding, done) => { failures.push(chunk.toString()); done() } })
  const bastion = await startBastion(readConfig(join(folder, 'bastion.yaml')), pino({ level: 'error' }, log) as Journal)
  const agents = { http: new HttpAgent({ keepAlive: true, maxSockets: 4 }), https: new HttpsAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false }) }
  return {
    bootPort,
    // What is too long for a header is answered with the end of its connection.
    boot: path => hear(httpRequest({ host: '127.0.0.1', port: bootPort, path, agent: path.length > 4000 ? false : agents.http }).end()),
    control: (method, path, headers, body) => hear(httpsRequest({ host: '127.0.0.1', port: controlPort, method, path, agent: agents.https, rejectUnauthorized: false, headers: { ...headers, ...body === undefined ? {} : { 'content-length': body.length } } }).end(body)),
    failures: () => { const said = failures; failures = []; return said },
    stop: async () => {
      for (const agent of Object.values(agents)) agent.destroy()
      await bastion.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function hear(message: ReturnType<typeof httpRequest>): Promise<Heard> {
  const [response] = await once(message, 'response') as [IncomingMessage]
  return { status: response.statusCode!, body: Buffer.concat(await response.toArray() as Buffer[]) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
