import t from 'tap'
import { decideVouched } from '../../../bastion/install/decide-vouched.ts'
import { parseTreeinfo } from '../../../bastion/install/parse-treeinfo.ts'
import { startFaultyMirror } from '../../lib/faulty-mirror.ts'
import { startLoopbackBastion } from '../../lib/loopback-bastion.ts'
import { putTree } from '../../lib/put-tree.ts'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Tree } from '../../../protocol/tree-sources.ts'

const sum = 'd'.repeat(64)
const tree = (url: string, repomdSha256: string | null = sum): Tree => ({ url, repositories: [{ id: 'Server', url, repomdSha256 }] }) as Tree
const decided = (url: string, path: string, repomdSha256: string | null = sum) => decideVouched(tree(url, repomdSha256), `${url}${path}`, path).kind

t.test('over plain HTTP only what is summed up, or what package managers check against that', async t => {
  const http = 'http://mirror.example/43/os/'
  t.same(decideVouched(tree(http), `${http}repodata/repomd.xml`, 'repodata/repomd.xml'), { kind: 'sum', sha256: sum })
  t.equal(decided(http, 'repodata/repomd.xml', null), 'none', 'no sum, no list')
  t.equal(decided(http, 'Everything/repodata/repomd.xml'), 'none', 'nor that of a repository that the .treeinfo does not name')
  for (const path of ['Packages/b/bash-5.3-1.fc43.x86_64.rpm', 'repodata/abc-primary.xml.zst', 'repodata/abc-comps-Server.x86_64.xml', 'repodata/abc-modules.yaml.gz']) t.equal(decided(http, path), 'free', path)
  for (const path of ['images/updates.img', 'images/product.img', 'images/install.img', 'isolinux/vmlinuz', 'repodata/repomd.xml.asc', 'RPM-GPG-KEY']) t.equal(decided(http, path), 'none', path)
  for (const path of ['images/updates.img', 'repodata/repomd.xml', 'x.rpm']) t.equal(decided('https://mirror.example/43/os/', path), 'free', `${path} from an authenticated mirror`)
})

t.test('what somebody changes on the way is not given to a machine, and a tree whose package list nobody vouches for is not taken', async t => {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const { treeinfo } = putTree(mirror, '/43/os')
  mirror.files.set('/43/os/images/updates.img', randomBytes(2000))
  const bastion = await startLoopbackBastion(t)
  const add = async (name: string, url: string, content: Buffer) => {
    await bastion.control('POST', '/api/os', { name, url, sha256: createHash('sha256').update(content).digest('hex') })
    for (;;) {
      const source = (await bastion.control('GET', `/api/os/${name}`)).json() as { state: string, because: string | null }
      if (source.state === 'ready' || source.state === 'failed') return source
      await delay(50)
    }
  }
  t.match(await add('fedora-43', `${mirror.url}/43/os/`, treeinfo), { state: 'ready' })
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${bastion.bootPort}/os/fedora-43/tree/${path}`)
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) }
  }
  mirror.files.set('/43/os/repodata/repomd.xml', randomBytes(3000))
  t.match(await get('repodata/repomd.xml'), { status: 502 })
  t.equal((await get('images/updates.img')).status, 404, 'installers start what they find there')
  t.equal((await get('images/install.img')).status, 200)

  const plain = putTree(mirror, '/44/os')
  const unsummed = Buffer.from(plain.treeinfo.toString().replace(/^repodata\/repomd\.xml = .*\n/m, ''))
  t.match(parseTreeinfo(unsummed.toString()), { tree: { repositories: [{ repomdSha256: null }] } })
  mirror.files.set('/44/os/.treeinfo', unsummed)
  t.match(await add('fedora-44', `${mirror.url}/44/os/`, unsummed), { state: 'failed', because: /no SHA-256 of the package list/ })
})
