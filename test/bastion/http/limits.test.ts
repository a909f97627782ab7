// The limits of both planes, over real HTTP.
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import fastify from 'fastify'
import t from 'tap'
import { WebSocket } from 'ws'
import { authentication } from '../../../bastion/http/authenticate.ts'
import { decideLimit } from '../../../bastion/http/decide-limit.ts'
import { sendProblem } from '../../../bastion/http/problem.ts'
import { RequestLimits } from '../../../bastion/http/request-limits.ts'
import { readConfig } from '../../../bastion/platform/read-config.ts'
import { runProgram } from '../../../bastion/platform/run-program.ts'
import { openJournal } from '../../../bastion/platform/journal.ts'
import { OperatorStore } from '../../../bastion/access/operator-store.ts'
import { BastionClient } from '../../../labctl/client/bastion-client.ts'
import { parseIpxeScript } from '../../../labctl/rehearsal/uml/parse-ipxe-script.ts'
import { SimulatedMachine, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'
import { sampleStores } from '../../lib/sample-stores.ts'

const stranger = { authorization: 'Bearer none-at-all-of-them' }

/** The boot plane's answer to a request from another loopback address. */
async function bootFrom(bastion: LoopbackBastion, localAddress: string, path: string): Promise<{ status: number, text: string, retryAfter: string | undefined }> {
  const message = request({ host: '127.0.0.1', port: bastion.bootPort, path, localAddress, agent: false }).end()
  const [response] = await once(message, 'response') as [IncomingMessage]
  return { status: response.statusCode!, text: Buffer.concat(await response.toArray() as Buffer[]).toString(), retryAfter: response.headers['retry-after'] }
}

t.test('an operator is counted by name and a stranger by address, so that neither uses up the other’s allowance', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { clientPerMinute: 12 } })
  const statuses = async (count: number, headers?: Record<string, string>) => (await Promise.all(Array.from({ length: count }, () => bastion.control('GET', '/api/machines', undefined, headers)))).map(answer => answer.status).toSorted()
  t.same(await statuses(14, stranger), [...Array.from({ length: 12 }, () => 401), 429, 429])
  const refused = await bastion.control('GET', '/api/machines', undefined, stranger)
  t.match([refused.status, refused.type, refused.json()], [429, /problem\+json/, { code: 'BST_RATE_LIMITED', status: 429, detail: /12 a minute/, nextStep: /limits\.clientPerMinute/ }])
  t.match(refused.headers['retry-after'], /^[1-5]$/, 'at twelve a minute, the next turn comes within five seconds')
  t.equal((await bastion.control('GET', '/openapi.json', undefined, stranger)).status, 429, 'open routes count too')
  t.equal((await bastion.control('GET', '/nowhere', undefined, stranger)).status, 429, 'and paths that are no routes')
  t.equal((await bastion.control('GET', '/healthz', undefined, stranger)).status, 200, 'but nobody takes a busy bastion for a dead one')
  t.same(await statuses(13), [...Array.from({ length: 12 }, () => 200), 429], 'an operator on loopback has the same limit, all of it')
  const socket = new WebSocket(`wss://127.0.0.1:${bastion.controlPort}/ws/events`, { rejectUnauthorized: false, headers: { authorization: `Bearer ${bastion.token}` } })
  const [, response] = await once(socket, 'unexpected-response') as [unknown, IncomingMessage]
  t.match([response.statusCode, response.headers['retry-after']], [429, /^\d+$/], 'the event socket counts as a request')
  response.destroy()
  t.equal((await new SimulatedMachine(bastion, 1).discover()).status, 200, 'and machines are not held up by any of that')
  t.equal(bastion.log().match(/asks more often than limits.clientPerMinute/g)?.length, 1, 'a flood of requests is one line of the log')
})

t.test('labctl waits for its turn instead of failing, and says so when that takes too long', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { clientPerMinute: 60 } })
  const { pin } = JSON.parse(await operatorLine(bastion)) as { pin: string }
  const address = { url: new URL(`https://127.0.0.1:${bastion.controlPort}`), pins: [pin], token: bastion.token, socket: null }
  const client = new BastionClient(address, new AbortController().signal)
  const began = Date.now()
  for (let asked = 0; asked < 62; asked += 1) t.same(await client.machines(), [])
  t.ok(Date.now() - began >= 900, 'it was told to wait, and did')
  const hasty = new BastionClient(address, new AbortController().signal, 900)
  await t.rejects((async () => { for (;;) await hasty.machines() })(), { code: 'BST_RATE_LIMITED', exit: 'refused' })
  const stop = new AbortController()
  const stopped = (async () => { for (;;) await new BastionClient(address, stop.signal).machines() })()
  setTimeout(() => { stop.abort() }, 300)
  // Ctrl-C ends the waiting.
  await t.rejects(stopped, { code: 'interrupted' })
})

t.test('enrolment and tokens have limits of their own, on every path below theirs', async t => {
  t.same(['/api/auth/enroll', '/api/auth/user-enroll', '/api/tokens', '/api/tokens/:id'].map(url => decideLimit(url, 'open')), ['enrolment', 'enrolment', 'tokens', 'tokens'])
  t.same([decideLimit('/api/authors', 'open'), decideLimit('/api/boot/facts', 'boot'), decideLimit('/healthz', 'open'), decideLimit(null, undefined)], ['client', 'conversation', 'none', 'client'])
  const stores = sampleStores(t)
  const app = fastify({ forceCloseConnections: true })
  app.setErrorHandler(sendProblem)
  authentication(app, new OperatorStore(stores.database, stores.clock), new RequestLimits(readConfig('/dev/null').limits, stores.clock, openJournal('error')))
  for (const path of ['/api/auth/enroll', '/api/tokens', '/api/other']) app.post(path, { config: { permission: 'open' } }, () => 'taken')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const taken = async (path: string, count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => fetch(`${url}${path}`, { method: 'POST' })))
    return answers.filter(answer => answer.status === 200).length
  }
  t.same([await taken('/api/auth/enroll', 40), await taken('/api/tokens', 40), await taken('/api/other', 140)], [10, 20, 100], 'by default')
  stores.time.now += 60_000
  t.same([await taken('/api/auth/enroll', 40), await taken('/api/tokens', 40), await taken('/api/other', 140)], [10, 20, 100], 'a minute later again')
})

t.test('a machine that asks too often is told so in iPXE’s language, and the others are served', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { bootPlanePerMinute: 30 } })
  const path = '/dispatch?mac=52:54:00:00:00:07&buildarch=x86_64&platform=efi'
  const answers = await Promise.all(Array.from({ length: 40 }, () => bootFrom(bastion, '127.0.0.2', path)))
  t.ok(answers.every(answer => answer.status === 200 && parseIpxeScript(answer.text).lines.length > 1))
  const limited = answers.filter(answer => /asks too often/.test(answer.text))
  t.equal(limited.length, 10)
  t.match(limited[0], { text: /sleep 30\nchain --replace --autofree http:\/\/127\.0\.0\.1:\d+\/boot\.ipxe/, retryAfter: /^\d+$/ })
  t.match(await bootFrom(bastion, '127.0.0.2', '/boot.ipxe'), { status: 200, text: /^#!ipxe\n.*asks too often/ })
  t.match(await bootFrom(bastion, '127.0.0.2', '/ramdisk/vmlinuz'), { status: 429, text: /Ask again in \d+ s\.\n$/, retryAfter: /^\d+$/ })
  t.match(await bootFrom(bastion, '127.0.0.2', '/nowhere'), { status: 429 })
  t.match(await bootFrom(bastion, '127.0.0.2', '/healthz'), { status: 200 })
  t.match(await bootFrom(bastion, '127.0.0.3', path), { status: 200, text: /Never seen: discover it/ })
})

t.test('a flood of invented machines is bounded, and a known one boots in the middle of it', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { strangersPerMinute: 50 } })
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  const invented = (number: number) => `/dispatch?mac=52:54:77:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}&buildarch=x86_64&platform=pcbios`
  const answers = []
  for (let number = 0; number < 300; number += 1) answers.push((await bastion.boot(invented(number))).text)
  t.ok(answers.every(text => parseIpxeScript(text).lines.length > 1))
  const served = answers.filter(text => /Never seen: discover it/.test(text)).length
  t.ok(served >= 49 && served < 80, `${served} were given tickets`)
  t.match(answers.at(-1), /REFUSED\. Too many machines never seen before(.|\n)*boot\.ipxe/)
  t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201)
  t.equal((await machine.overlay(await machine.dispatch())).purpose, 'install')
  const database = new Sqlite(join(bastion.folder, 'state/bastion.sqlite'), { readonly: true })
  t.teardown(() => { database.close() })
  const count = (table: string) => (database.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${table}`).get()!).count
  t.ok(count('tickets') < 90 && count('timeline') < 100, 'those that were turned away left nothing behind')
})

t.test('a dispatch that is repeated at once gets the same ticket and leaves one entry; one after the facts gets a new one', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  const scripts = []
  for (let number = 0; number < 20; number += 1) scripts.push(await machine.dispatch())
  t.equal(new Set(scripts).size, 1)
  await machine.overlay(scripts[0]!)
  t.equal((await machine.facts()).status, 200)
  t.not(await machine.dispatch(), scripts[0])
  const { timeline } = (await bastion.control('GET', `/api/machines/${machine.mac}`)).json() as { timeline: { phase: string }[] }
  t.equal(timeline.filter(entry => entry.phase === 'dispatched').length, 2)
})

t.test('machines that nobody ordered anything for can’t be made up without end', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { discoveredMachines: 2 } })
  const machines = [1, 2, 3].map(number => new SimulatedMachine(bastion, number))
  t.same([(await machines[0]!.discover()).status, (await machines[1]!.discover()).status], [200, 200])
  t.match((await machines[2]!.discover()).json(), { status: 409, refusals: [{ code: 'machines-too-many', nextStep: /forget/ }] })
  t.equal((await machines[0]!.discover()).status, 200, 'those that are known report as before')
  t.equal((await bastion.control('POST', '/api/install', { machine: machines[0]!.mac, name: 'worker-1' })).status, 201)
  t.equal((await machines[2]!.discover()).status, 200, 'one that was ordered for makes room')
})

async function operatorLine(bastion: LoopbackBastion): Promise<string> {
  return (await runProgram(process.execPath, ['bastion/main.ts', 'operator-token', 'other', '--config', join(bastion.folder, 'bastion.yaml')], { timeoutMs: 30_000 })).stdout
}
