import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startFaultyMirror } from '../../lib/faulty-mirror.ts'
import { startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'
import { putTree } from '../../lib/put-tree.ts'

interface Source { name: string, kind: string, state: string, because: string | null, release: string | null, url: string | null, files: { name: string }[] }

const settled = async (bastion: LoopbackBastion, name: string): Promise<Source> => {
  for (let tries = 0; tries < 200; tries += 1) {
    const source = (await bastion.control('GET', `/api/os/${name}`)).json() as unknown as Source
    if (source.state === 'ready' || source.state === 'failed') return source
    await delay(50)
  }
  throw new Error(`${name} did not settle.`)
}
const fetched = async (bastion: LoopbackBastion, path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`http://127.0.0.1:${bastion.bootPort}${path}`, { headers })
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}

t.test('an installation tree', async t => {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const { files, treeinfo } = putTree(mirror, '/43/os')
  const sha256 = createHash('sha256').update(treeinfo).digest('hex')
  const bastion = await startLoopbackBastion(t)
  const url = `${mirror.url}/43/os/`

  await t.test('is refused over plain HTTP without the sum of its .treeinfo, and nothing is asked for', async t => {
    const answer = await bastion.control('POST', '/api/os', { name: 'fedora-43', url })
    t.match(answer, { status: 409 })
    t.match(answer.json(), { refusals: [{ code: 'tree-trust' }] })
    t.strictSame(mirror.asked, [])
    t.match((await bastion.control('POST', '/api/os', { name: 'debian-13', url, sha256 })).json(), { refusals: [{ code: 'os-taken' }] })
    t.match((await bastion.control('POST', '/api/os', { name: '../x', url, sha256 })).status, 400)
  })

  await t.test('is fetched, checked and listed beside root images', async t => {
    t.match((await bastion.control('POST', '/api/os', { name: 'fedora-43', url, sha256 })).status, 202)
    t.match(await settled(bastion, 'fedora-43'), { kind: 'tree', state: 'ready', release: 'Fedora 43', url })
    const { sources } = (await bastion.control('GET', '/api/os')).json() as { sources: Source[] }
    t.strictSame(sources.map(({ name, kind }) => [name, kind]), [['debian-13', 'image'], ['fedora-43', 'tree']])
    t.match((await bastion.control('POST', '/api/os', { name: 'fedora-43', url: `${mirror.url}/44/os/`, sha256 })).json(), { refusals: [{ code: 'os-taken' }] })
  })

  await t.test('gives what machines start from out of its own files, without asking upstream', async t => {
    mirror.asked.length = 0
    for (const path of ['images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img', 'images/install.img', '.treeinfo']) {
      const { status, body, headers } = await fetched(bastion, `/os/fedora-43/tree/${path}`)
      t.equal(status, 200)
      t.ok(body.equals(path === '.treeinfo' ? treeinfo : files[path]!), path)
      t.equal(headers.get('content-length'), String(body.length))
      t.equal(headers.get('transfer-encoding'), null)
    }
    const head = await fetch(`http://127.0.0.1:${bastion.bootPort}/os/fedora-43/tree/images/install.img`, { method: 'HEAD' })
    t.equal(head.headers.get('content-length'), '900000')
    // Whoever lists the sources has the mirror asked for the next release, once a day, a moment later.
    t.strictSame(mirror.asked.filter(({ path }) => path !== '/44/os/.treeinfo'), [])
  })

  await t.test('gives parts of files, as package managers ask for them', async t => {
    const whole = files['images/install.img']!
    const path = '/os/fedora-43/tree/images/install.img'
    const part = await fetched(bastion, path, { range: 'bytes=100-199' })
    t.match({ status: part.status, range: part.headers.get('content-range') }, { status: 206, range: 'bytes 100-199/900000' })
    t.ok(part.body.equals(whole.subarray(100, 200)))
    t.equal((await fetched(bastion, path, { range: 'bytes=900000-' })).status, 416)
    t.equal((await fetched(bastion, path, { 'if-none-match': part.headers.get('etag')! })).status, 304)
  })

  await t.test('gives packages through the cache: two machines, one fetch of each', async t => {
    const packages = Array.from({ length: 8 }, (_, index) => `/Packages/p/package-${index}-1.2~rc1^git.fc43.x86_64.rpm`)
    for (const path of packages) mirror.files.set(`/43/os${path.replace('^', '%5E').replace('~', '~')}`, randomBytes(200_000))
    mirror.asked.length = 0
    const machine = async () => { for (const path of [...packages, '/repodata/repomd.xml']) t.equal((await fetched(bastion, `/os/fedora-43/tree${path}`)).status, 200, path) }
    await Promise.all([machine(), machine()])
    t.equal(mirror.asked.length, 9)
    t.equal(new Set(mirror.asked.map(({ path }) => path)).size, 9, 'each file once')
  })

  await t.test('gives a machine a clean error where upstream fails', async t => {
    t.match(await fetched(bastion, '/os/fedora-43/tree/Packages/m/missing.rpm'), { status: 404 })
    mirror.faults.set('/43/os/Packages/b/broken.rpm', { kind: 'status', status: 503, times: 1 })
    const broken = await fetched(bastion, '/os/fedora-43/tree/Packages/b/broken.rpm')
    t.equal(broken.status, 502)
    t.match(String(broken.body), /answers 503/)
  })

  await t.test('gives nothing outside the tree', async t => {
    mirror.asked.length = 0
    for (const path of ['/os/fedora-43/tree/../../../etc/passwd', '/os/fedora-43/tree/..%2f..%2fetc/passwd', '/os/fedora-43/tree/%2e%2e/x', '/os/fedora-43/tree/', '/os/fedora-43/tree/a//b', '/os/fedora-43/tree/.hidden', '/os/fedora-43/tree/a%00b', '/os/fedora-44/tree/.treeinfo', '/os/fedora-43/repository/Other/x', '/os/debian-13/tree/image.tar', '/os/fedora-43/tree-request.json', '/os/fedora-43/tree.json'])
      t.match((await bastion.boot(path)).status, 404, path)
    t.strictSame(mirror.asked, [])
  })

  await t.test('survives kill -9 of the bastion, and a download goes on afterwards', async t => {
    putTree(mirror, '/44/os')
    mirror.faults.set('/44/os/images/install.img', { kind: 'stall', afterBytes: 300_000, times: 1 })
    const second = createHash('sha256').update(mirror.files.get('/44/os/.treeinfo')!).digest('hex')
    await bastion.control('POST', '/api/os', { name: 'fedora-44', url: `${mirror.url}/44/os/`, sha256: second })
    while (!mirror.asked.some(({ path }) => path === '/44/os/images/install.img')) await delay(20)
    await delay(200)
    await bastion.kill()
    mirror.asked.length = 0
    await bastion.start()
    t.match(await settled(bastion, 'fedora-43'), { state: 'ready' })
    t.match(await settled(bastion, 'fedora-44'), { state: 'ready' })
    t.strictSame(mirror.asked.map(({ path, status }) => [path, status]), [['/44/os/.treeinfo', 200], ['/44/os/images/install.img', 206]])
  })

  await t.test('is removed with what is cached of it', async t => {
    t.equal((await bastion.control('DELETE', '/api/os/fedora-43')).status, 204)
    t.equal((await bastion.control('GET', '/api/os/fedora-43')).status, 404)
    t.equal((await bastion.boot('/os/fedora-43/tree/repodata/repomd.xml')).status, 404)
  })
})
