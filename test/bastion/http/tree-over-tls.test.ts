// What machines are given of an installation tree while they install: over TLS, from two at once, and from a mirror that fails.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fastify from 'fastify'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { Fetches } from '../../../bastion/boot/fetches.ts'
import type { BootRoom } from '../../../bastion/boot/boot-room.ts'
import { treeFileRoutes } from '../../../bastion/http/tree-file-routes.ts'
import type { OsRoom } from '../../../bastion/install/os-routes.ts'
import { TreeStore } from '../../../bastion/install/tree-store.ts'
import { UpstreamCache } from '../../../bastion/install/upstream-cache.ts'
import { startFaultyMirror, type FaultyMirror } from '../../lib/faulty-mirror.ts'
import { control, SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'
import { putTree } from '../../lib/put-tree.ts'
import { sampleStores } from '../../lib/sample-stores.ts'

const packages = Array.from({ length: 40 }, (_, index) => `Packages/p/package-${index}-1.2.fc43.x86_64.rpm`)
const putPackages = (mirror: FaultyMirror) => { for (const path of packages) mirror.files.set(`/43/os/${path}`, randomBytes(30_000)) }
const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')

t.test('two machines install from one tree, and each file of the mirror is fetched once', async t => {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const { treeinfo, files } = putTree(mirror, '/43/os')
  putPackages(mirror)
  const bastion = await startLoopbackBastion(t)
  t.equal((await bastion.control('POST', '/api/os', { name: 'fedora-43', url: `${mirror.url}/43/os/`, sha256: sumOf(treeinfo) })).status, 202)
  while (((await bastion.control('GET', '/api/os/fedora-43')).json() as { state: string }).state !== 'ready') await delay(20)

  const install = async (number: number, order: readonly string[]): Promise<void> => {
    const machine = new SimulatedMachine(bastion, number)
    machine.address = `127.0.0.${number}`
    await machine.dispatch()
    for (const path of ['.treeinfo', 'images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img', 'images/install.img']) t.equal((await bastion.boot(`/os/fedora-43/tree/${path}`, machine.address)).status, 200, path)
    // As a package manager does: no credential, several at a time, some by their head first.
    const take = async (path: string) => {
      if (Number(/\d+/.exec(path)?.[0] ?? 1) % 5 === 0) {
        const head = await control(bastion.controlPort, 'GET', `/os/fedora-43/tree/${path}`, undefined, { range: 'bytes=0-8191' }, machine.address!)
        t.match({ status: head.status, length: head.body.length }, { status: 206, length: 8192 })
      }
      const { status, body, headers } = await control(bastion.controlPort, 'GET', `/os/fedora-43/tree/${path}`, undefined, {}, machine.address!)
      t.ok(status === 200 && body.equals(mirror.files.get(`/43/os/${path}`)!) && headers['content-length'] === String(body.length), `${number}: ${path}`)
    }
    await take('repodata/repomd.xml')
    for (let at = 0; at < order.length; at += 8) await Promise.all(order.slice(at, at + 8).map(take))
  }
  await Promise.all([install(2, packages), install(3, packages.toReversed())])

  const fetched = mirror.asked.map(({ path }) => path)
  t.strictSame(fetched.toSorted(), [...new Set(fetched)].toSorted(), 'nothing twice')
  t.equal(fetched.length, packages.length + 1 + 4, 'the packages, the metadata, and what the tree was added with')
  t.equal((await control(bastion.controlPort, 'GET', '/os/fedora-43/tree/images/install.img', undefined, {})).body.equals(files['images/install.img']!), true, 'the installer too can come over TLS')
  t.equal((await control(bastion.controlPort, 'GET', '/os/fedora-43/tree/../../../etc/passwd', undefined, {})).status, 404)
  t.equal((await control(bastion.controlPort, 'GET', '/api/os', undefined, {})).status, 401, 'nothing else became open')
  t.equal((await control(bastion.controlPort, 'POST', '/os/fedora-43/tree/.treeinfo', undefined, {})).status, 404)
})

t.test('files of trees have a limit of their own on both planes', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { treesPerMinute: 3 } })
  const asked = async (ask: () => Promise<{ status: number }>) => (await Promise.all(Array.from({ length: 5 }, ask))).map(({ status }) => status).toSorted()
  t.strictSame(await asked(() => control(bastion.controlPort, 'GET', '/os/none/tree/x', undefined, {}, '127.0.0.4')), [404, 404, 404, 429, 429])
  t.equal((await control(bastion.controlPort, 'GET', '/api/version', undefined, {}, '127.0.0.4')).status, 200)
  t.strictSame(await asked(() => bastion.boot('/os/none/tree/x', '127.0.0.5')), [404, 404, 404, 429, 429])
  t.equal((await bastion.boot('/boot.ipxe', '127.0.0.5')).status, 200)
})

/** The routes alone, on a cache that loses its patience sooner than the daemon's. */
async function served(t: Test) {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  putTree(mirror, '/43/os')
  const { timeline, machines, clock, time } = sampleStores(t)
  const directory = join(t.testdirName, 'os')
  const journal = pino({ level: 'silent' })
  const trees = new TreeStore({ directory, clock, journal, stallMs: 300 })
  trees.request('fedora-43', { url: `${mirror.url}/43/os/`, sha256: sumOf(mirror.files.get('/43/os/.treeinfo')!) })
  while (trees.tree('fedora-43') === null) await delay(10)
  const cache = new UpstreamCache({ directory: join(t.testdirName, 'cache'), mostBytes: 10_000_000, stallMs: 300, freshMs: 60_000, retryMs: [10, 10], clock, journal })
  const fetches = new Fetches(0, () => null)
  fetches.putAddress('127.0.0.1', '52:54:00:00:00:01')
  const app = fastify({ forceCloseConnections: true })
  treeFileRoutes(app, { os: { trees, cache, directory } as OsRoom, boot: { clock, journal, timeline, fetches, machines } as BootRoom })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const told = () => timeline.list('m1', 0, 100).filter(({ phase }) => phase === 'mirror').map(({ text }) => text)
  /** As a client that counts bytes sees it. */
  const ask = async (path: string) => {
    const request = get(`${url}/os/fedora-43/tree/${path}`, { agent: false })
    const [response] = await once(request, 'response') as [import('node:http').IncomingMessage]
    let got = 0
    response.on('data', (chunk: Buffer) => { got += chunk.length })
    response.on('error', () => {})
    await new Promise(resolve => { response.once('close', resolve) })
    return { status: response.statusCode, wanted: Number(response.headers['content-length']), got, whole: response.complete }
  }
  return { mirror, ask, told, time }
}

t.test('a mirror that goes silent in the middle of a package: the machine’s connection ends early, and its timeline says why', async t => {
  const { mirror, ask, told } = await served(t)
  mirror.files.set('/43/os/Packages/a.rpm', randomBytes(400_000))
  mirror.faults.set('/43/os/Packages/a.rpm', { kind: 'stall', afterBytes: 100_000, times: 9 })
  const { status, wanted, got, whole } = await ask('Packages/a.rpm')
  t.match({ status, wanted, whole }, { status: 200, wanted: 400_000, whole: false }, 'it is told how much was to come, and sees that it did not')
  t.ok(got < 400_000, `${got} bytes came`)
  t.match(told(), [/^Packages\/a\.rpm of fedora-43 did not come from its mirror.*sent nothing for/s])
  mirror.faults.clear()
  t.match(await ask('Packages/a.rpm'), { status: 200, got: 400_000, whole: true }, 'asked again, it is there')
})

t.test('a mirror that is gone: 502 at once for every package, and one line in the timeline a minute', async t => {
  const { mirror, ask, told, time } = await served(t)
  mirror.files.set('/43/os/Packages/a.rpm', randomBytes(4000))
  t.match(await ask('Packages/a.rpm'), { status: 200, whole: true })
  t.match(await ask('repodata/repomd.xml'), { status: 200, whole: true })
  await mirror.stop()
  for (const path of ['Packages/b.rpm', 'Packages/c.rpm', 'Packages/d.rpm']) t.match(await ask(path), { status: 502, whole: true })
  t.match(await ask('Packages/a.rpm'), { status: 200, got: 4000 }, 'what was fetched before is given')
  time.now += 120_000
  t.match(await ask('repodata/repomd.xml'), { status: 200, got: 3000 }, 'metadata too, although it is not fresh any more')
  t.match(told(), [/b\.rpm of fedora-43 .*ECONNREFUSED/])
  t.match(await ask('Packages/e.rpm'), { status: 502 })
  t.equal(told().length, 2)
})

t.test('what a tree may have or not is no reason to tell anybody', async t => {
  const { ask, told } = await served(t)
  t.match(await ask('images/updates.img'), { status: 404 })
  t.strictSame(told(), [])
})

t.test('what comes without a length, redirects in circles or goes to no web server is a clean 502', async t => {
  const { mirror, ask } = await served(t)
  mirror.files.set('/43/os/Packages/a.rpm', randomBytes(4000))
  mirror.faults.set('/43/os/Packages/a.rpm', { kind: 'no-length', times: 1 })
  t.match(await ask('Packages/a.rpm'), { status: 502, whole: true })
  mirror.faults.set('/43/os/Packages/b.rpm', { kind: 'redirect', to: '/43/os/Packages/b.rpm', times: 99 })
  t.match(await ask('Packages/b.rpm'), { status: 502, whole: true })
  mirror.faults.set('/43/os/Packages/c.rpm', { kind: 'redirect', to: 'file:///etc/passwd', times: 1 })
  t.match(await ask('Packages/c.rpm'), { status: 502, whole: true })
  mirror.faults.set('/43/os/Packages/d.rpm', { kind: 'redirect', to: `${mirror.url}/43/os/Packages/a.rpm`, times: 1 })
  t.match(await ask('Packages/d.rpm'), { status: 200, got: 4000, whole: true }, 'a plain redirect is followed')
})
