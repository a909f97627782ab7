import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { control, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'

interface Source { state: string, because: string | null, release: string | null, url: string }
const whole = gunzipSync(readFileSync(new URL('../../fixtures/iso/fedora-43-xorriso.iso.gz', import.meta.url)))
const sum = createHash('sha256').update(whole).digest('hex')

async function settled(bastion: LoopbackBastion, name: string): Promise<Source> {
  for (;;) {
    const source = (await bastion.control('GET', `/api/os/${name}`)).json() as unknown as Source
    if (source.state === 'ready' || source.state === 'failed') return source
    await delay(20)
  }
}

t.test('a tree is added from the image of a DVD, and served out of it on both planes', async t => {
  const bastion = await startLoopbackBastion(t)
  const iso = join(bastion.folder, 'Fedora 43.iso')
  writeFileSync(iso, whole)
  const add = async (name: string, more: object) => bastion.control('POST', '/api/os', { name, ...more })
  const package59 = 'Packages/p/python3-a-rather-long-name-of-a-package-59-1.2~rc1^git20260101.fc43.x86_64.rpm'
  const ask = async (path: string, headers: Record<string, string> = {}) => control(bastion.controlPort, 'GET', `/os/fedora-43/tree/${path}`, undefined, headers)

  await t.test('what is none is refused, and why', async t => {
    t.match((await add('fedora-43', { iso: 'Fedora.iso' })).json(), { refusals: [{ code: 'iso-path' }] })
    t.match((await add('fedora-43', { iso, url: 'https://mirror.example/' })).json(), { refusals: [{ code: 'tree-url' }] })
    t.match((await add('debian-13', { iso })).json(), { refusals: [{ code: 'os-taken' }] })
    t.equal((await add('no-iso', { iso: join(bastion.folder, 'bastion.yaml') })).status, 202)
    t.match(await settled(bastion, 'no-iso'), { state: 'failed', because: /is no ISO 9660 image/ })
    await add('gone', { iso: '/nowhere/dvd.iso' })
    t.match(await settled(bastion, 'gone'), { state: 'failed', because: /ENOENT/ })
    await add('other', { iso, sha256: '0'.repeat(64) })
    t.match(await settled(bastion, 'other'), { state: 'failed', because: new RegExp(`has the SHA-256 ${sum}`) })
  })

  await t.test('the right one is taken by its sum', async t => {
    t.equal((await add('fedora-43', { iso, sha256: sum })).status, 202)
    t.match(await settled(bastion, 'fedora-43'), { state: 'ready', release: 'Fedora 43' })
    t.match((await add('fedora-43', { iso: '/srv/other.iso' })).json(), { refusals: [{ code: 'os-taken' }] })
  })

  await t.test('everything in it is given, parts too, and nothing else', async t => {
    t.match(await bastion.boot('/os/fedora-43/tree/images/pxeboot/vmlinuz'), { status: 200, text: /^images\/pxeboot\/vmlinuz 0\n/ })
    t.match(await bastion.boot('/os/fedora-43/tree/.treeinfo'), { status: 200, text: /family = Fedora/ })
    const got = await ask(package59)
    t.match({ status: got.status, text: String(got.body), length: got.headers['content-length'] }, { status: 200, text: `${package59} 0\n${package59} 1\n`, length: '184' })
    t.match(await ask(package59, { range: 'bytes=92-' }), { status: 206 })
    t.equal(String((await ask(package59, { range: 'bytes=92-' })).body), `${package59} 1\n`)
    t.equal((await ask(package59, { 'if-none-match': String(got.headers['etag']) })).status, 304)
    t.match(await ask('empty'), { status: 200, headers: { 'content-length': '0' } })
    for (const path of ['nowhere', 'link', 'Packages', 'a/../empty', '..%2fx']) t.equal((await ask(path)).status, 404, path)
  })

  await t.test('another start of the bastion serves it too; an image that is gone or another one is told as such', async t => {
    await bastion.stop()
    await bastion.start()
    t.equal((await ask(package59)).status, 200)
    renameSync(iso, `${iso}.away`)
    t.equal((await ask(package59)).status, 404)
    t.match(await settled(bastion, 'fedora-43'), { state: 'failed', because: /is not there any more/ })
    writeFileSync(iso, whole.subarray(0, 200_000))
    t.match(await settled(bastion, 'fedora-43'), { state: 'failed', because: /is another one/ })
    renameSync(`${iso}.away`, iso)
    t.equal((await ask(package59)).status, 200, 'put back, it is as before')
  })

  await t.test('it is read anew, and removed without touching the image', async t => {
    t.equal((await add('fedora-43', {})).status, 202)
    t.match(await settled(bastion, 'fedora-43'), { state: 'ready' })
    t.equal((await bastion.control('DELETE', '/api/os/fedora-43')).status, 204)
    t.ok(readFileSync(iso).equals(whole))
  })
})
