import { readFileSync, readdirSync, readlinkSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { imageFault, OpenImages } from '../../../../bastion/install/iso/open-images.ts'

const content = gunzipSync(readFileSync(new URL('../../../fixtures/iso/fedora-43-xorriso.iso.gz', import.meta.url)))
const imageAt = (path: string) => ({ path, sizeBytes: statSync(path).size, modifiedMs: Math.floor(statSync(path).mtimeMs) })
const openOf = (folder: string) => readdirSync('/proc/self/fd').filter(fd => {
  try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder) } catch { return false }
}).length

t.test('an image is open once, however many ask at the same time', async t => {
  const folder = t.testdir()
  const path = join(folder, 'dvd.iso')
  writeFileSync(path, content)
  const images = new OpenImages()
  const ask = async () => new Set(await Promise.all(Array.from({ length: 10 }, () => images.find(imageAt(path)))))
  t.equal((await ask()).size, 1)
  t.equal(openOf(folder), 1)
  writeFileSync(`${path}.new`, Buffer.concat([content, Buffer.alloc(2048)]))
  renameSync(`${path}.new`, path)
  t.equal((await ask()).size, 1, 'another image in its place')
  t.equal(openOf(folder), 1, 'the old one is closed')
  await images.close(null)
  t.equal(openOf(folder), 0)
})

t.test('one that could not be opened is asked for anew', async t => {
  const path = join(t.testdir(), 'dvd.iso')
  writeFileSync(path, Buffer.alloc(content.length))
  const images = new OpenImages()
  await t.rejects(images.find(imageAt(path)), { code: 'BST_REFUSED' })
  writeFileSync(path, content)
  await images.find(imageAt(path))
  await images.close(null)
})

t.test('an image that can’t be looked at is a reason, not a throw', t => {
  const path = join(t.testdir(), 'dvd.iso')
  t.match(imageFault({ path, sizeBytes: 1, modifiedMs: 1 }), /is not there any more/)
  symlinkSync(path, path)
  t.match(imageFault({ path, sizeBytes: 1, modifiedMs: 1 }), /can’t be looked at \(ELOOP\)/)
  t.end()
})
