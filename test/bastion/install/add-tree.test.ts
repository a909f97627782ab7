import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { addTree, treeFilePath } from '../../../bastion/install/add-tree.ts'
import type { BuildProgress } from '../../../bastion/platform/build-progress.ts'
import { startFaultyMirror, type FaultyMirror } from '../../lib/faulty-mirror.ts'
import { putTree } from '../../lib/put-tree.ts'

const sum = (content: Buffer) => createHash('sha256').update(content).digest('hex')

async function setUp(t: Test) {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const directory = t.testdir()
  const steps: BuildProgress[] = []
  const add = (url = `${mirror.url}/43/os/`, sha256: string | null = null, signal = new AbortController().signal) => addTree({ name: 'fedora-43', request: { url, sha256 }, directory, clock: () => 5, stallMs: 400, signal, onProgress: progress => { steps.push(progress) } })
  return { mirror, directory, steps, add, ...putTree(mirror, '/43/os') }
}

t.test('kernel, initrd and stage2 are fetched and are what the .treeinfo says', async t => {
  const { add, directory, files, steps, treeinfo } = await setUp(t)
  const tree = await add()
  t.match(tree, { name: 'fedora-43', family: 'Fedora', release: '43', kickstart: 'F43', architecture: 'x86_64', treeinfoSha256: sum(treeinfo), kernel: { path: 'images/pxeboot/vmlinuz', sizeBytes: files['images/pxeboot/vmlinuz']!.length } })
  for (const file of [tree.kernel, tree.initrd, tree.stage2]) t.ok(readFileSync(treeFilePath(directory, tree, file)).equals(files[file.path]!), file.path)
  t.ok(steps.map(({ percent }) => percent ?? 0).every((percent, index, all) => index === 0 || percent >= all[index - 1]!), 'it only goes up')
  t.ok(steps.length > 3)
})

t.test('asked again, only the .treeinfo is fetched', async t => {
  const { add, mirror } = await setUp(t)
  await add()
  mirror.asked.length = 0
  await add()
  t.strictSame(mirror.asked.map(({ path }) => path), ['/43/os/.treeinfo'])
})

t.test('another .treeinfo than the one meant is refused, and nothing else is asked for', async t => {
  const { add, mirror, treeinfo, directory } = await setUp(t)
  await t.rejects(add(undefined, 'a'.repeat(64)), { code: 'BST_REFUSED', message: new RegExp(sum(treeinfo)) })
  t.strictSame(mirror.asked.map(({ path }) => path), ['/43/os/.treeinfo'])
  t.strictSame(readdirSync(directory), [])
  await t.resolves(add(undefined, sum(treeinfo).toUpperCase()))
})

t.test('a kernel that is not the one of the .treeinfo is thrown away', async t => {
  const { add, mirror, directory } = await setUp(t)
  mirror.files.set('/43/os/images/pxeboot/vmlinuz', randomBytes(70_000))
  await t.rejects(add(), { code: 'BST_UPSTREAM_FAILED', message: /vmlinuz has the SHA-256 .* thrown away/ })
  t.strictSame(readdirSync(join(directory, readdirSync(directory)[0]!)), ['treeinfo'])
})

t.test('a download that was cut is gone on with', async t => {
  const { add, mirror, files } = await setUp(t)
  mirror.faults.set('/43/os/images/install.img', { kind: 'cut', afterBytes: 200_000, times: 1 })
  await t.rejects(add(), { code: 'BST_UPSTREAM_FAILED' })
  mirror.asked.length = 0
  const tree = await add()
  t.strictSame(mirror.asked.map(({ path, status }) => [path.split('/').at(-1), status]), [['.treeinfo', 200], ['install.img', 206]])
  t.equal(tree.stage2.sizeBytes, files['images/install.img']!.length)
})

t.test('what goes silent is given up, and what is stopped stops', async t => {
  const { add, mirror } = await setUp(t)
  mirror.faults.set('/43/os/images/pxeboot/initrd.img', { kind: 'stall', afterBytes: 10, times: 1 })
  await t.rejects(add(), /sent nothing for/)
  const stop = new AbortController()
  mirror.faults.set('/43/os/.treeinfo', { kind: 'stall', afterBytes: 10, times: 1 })
  const adding = add(undefined, null, stop.signal)
  setTimeout(() => { stop.abort() }, 50)
  await t.rejects(adding)
})

t.test('a tree that nothing can be installed from is refused with everything that is wrong', async t => {
  const { add, mirror } = await setUp(t)
  const change = (from: RegExp, to: string) => { mirror.files.set('/43/os/.treeinfo', Buffer.from(putTree(mirror as FaultyMirror, '/43/os').treeinfo.toString().replace(from, to))) }
  change(/^arch = x86_64$/gm, 'arch = aarch64')
  await t.rejects(add(), { code: 'BST_REFUSED' })
  change(/^version = 43$/gm, 'version = 39')
  await t.rejects(add(), { code: 'BST_REFUSED', message: /Fedora 39/ })
  change(/^images\/pxeboot\/.*\n/gm, '')
  await t.rejects(add(), { code: 'BST_REFUSED', message: /checksum of the kernel.*checksum of the initrd/ })
  mirror.files.delete('/43/os/.treeinfo')
  await t.rejects(add(), { code: 'BST_UPSTREAM_FAILED', message: /404/ })
})
