import { execFileSync } from 'node:child_process'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { IsoImage } from '../../../../bastion/install/iso/iso-image.ts'
import { isoPathOf, judgeIsoRequest } from '../../../../bastion/install/iso/judge-iso-request.ts'
import { BastionError } from '../../../../bastion/platform/bastion-error.ts'

const fixture = (name: string) => gunzipSync(readFileSync(new URL(`../../../fixtures/iso/${name}.iso.gz`, import.meta.url)))
const put = (t: Test, content: Buffer) => {
  const path = join(t.testdir(), 'dvd.iso')
  writeFileSync(path, content)
  return path
}
const contentOf = async (image: IsoImage, path: string) => {
  const found = await image.find(path)
  return found === null || found.sizeBytes === 0 ? found : String(Buffer.concat(await found.read(0, found.sizeBytes - 1).toArray() as Buffer[]))
}
const lines = (path: string, count: number) => Array.from({ length: count }, (_, index) => `${path} ${index}\n`).join('')

for (const maker of ['fedora-43-xorriso', 'fedora-43-genisoimage']) {
  t.test(`files of an image are found and read where they lie: ${maker}`, async t => {
    const image = await IsoImage.open(put(t, fixture(maker)))
    t.teardown(() => image.close())
    t.match(await contentOf(image, '.treeinfo'), /family = Fedora/)
    t.equal(await contentOf(image, 'images/install.img'), lines('images/install.img', 500))
    const long = `Packages/l/${'long-'.repeat(40)}1.0-1.noarch.rpm`
    t.equal(await contentOf(image, long), lines(long, 3), 'a name that goes on in another sector')
    for (const number of [0, 31, 59]) {
      const path = `Packages/p/python3-a-rather-long-name-of-a-package-${number}-1.2~rc1^git20260101.fc43.x86_64.rpm`
      t.equal(await contentOf(image, path), lines(path, 2), 'in a folder of several sectors')
    }
    t.equal(await contentOf(image, 'a/b/c/d/e/f/g/h/i/j/deep.txt'), lines('a/b/c/d/e/f/g/h/i/j/deep.txt', 1), 'a folder that ISO 9660 alone could not have')
    t.match(await contentOf(image, 'empty'), { sizeBytes: 0 })
    const part = (await image.find('images/install.img'))!
    t.equal(String(Buffer.concat(await part.read(10, 19).toArray() as Buffer[])), lines('images/install.img', 1).slice(10, 20), 'a part of a file')
    for (const path of ['', '.', '..', 'link', 'images', 'images/', 'nowhere', 'images/install.img/x', 'IMAGES/INSTALL.IMG', 'images/../.treeinfo', 'rr_moved/x']) t.equal(await contentOf(image, path), null, JSON.stringify(path))
  })
}

t.test('what is no such image is refused with the reason', async t => {
  const whole = fixture('fedora-43-xorriso')
  const code = async (content: Buffer) => IsoImage.open(put(t, content)).then(async image => { await image.close(); return 'taken' }, (error: BastionError) => error.refusals?.[0]?.code)
  t.equal(await code(whole), 'taken')
  t.equal(await code(Buffer.alloc(0)), 'iso-invalid', 'nothing')
  t.equal(await code(Buffer.from('#!/bin/sh\n'.repeat(10_000))), 'iso-invalid', 'something else')
  t.equal(await code(whole.subarray(0, 100_000)), 'iso-short', 'a copy that was broken off')
  t.equal(await code(fixture('no-rock-ridge')), 'iso-names')
  await t.rejects(IsoImage.open(join(t.testdir(), 'missing.iso')), { code: 'BST_REFUSED', message: /ENOENT/ })
  await t.rejects(IsoImage.open(t.testdir()), { code: 'BST_REFUSED' }, 'a folder')
  const pipe = join(t.testdir(), 'pipe.iso')
  execFileSync('mkfifo', [pipe])
  for (const path of [pipe, '/dev/null']) await t.rejects(IsoImage.open(path), { code: 'BST_REFUSED', message: /is no regular file/ }, path)
})

t.test('an image whose bytes are damaged anywhere never hangs, never gives bytes from outside, and fails as a refusal', async t => {
  const whole = fixture('fedora-43-xorriso')
  const path = put(t, whole)
  let state = 1
  const random = (below: number) => { state = (state * 48_271) % 2_147_483_647; return state % below }
  let refused = 0
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(whole)
    // Descriptors and folders lie at the beginning; the rest is contents.
    for (let flips = 1 + random(150); flips > 0; flips -= 1) bytes[32_768 + random(80_000)] = random(256)
    writeFileSync(path, bytes)
    try {
      const image = await IsoImage.open(path)
      try {
        for (const wanted of ['.treeinfo', 'images/install.img', 'Packages/p/none', 'a/b/c/d/e/f/g/h/i/j/deep.txt']) {
          const found = await image.find(wanted)
          if (found !== null && found.sizeBytes > 0) await found.read(0, Math.min(found.sizeBytes, 100) - 1).toArray()
        }
      } finally { await image.close() }
    } catch (error) {
      refused += 1
      if (!(error instanceof BastionError) || error.code !== 'BST_REFUSED') throw error
    }
  }
  t.ok(refused > 10, `${refused} of 300 were refused`)
})

t.test('an image that becomes shorter while it is read breaks the reading off', async t => {
  const path = put(t, fixture('fedora-43-xorriso'))
  const image = await IsoImage.open(path)
  t.teardown(() => image.close())
  const found = (await image.find('images/install.img'))!
  truncateSync(path, 40_000)
  await t.rejects(found.read(0, found.sizeBytes - 1).toArray(), /ends at byte/)
})

t.test('only a whole path on the bastion’s host is taken', t => {
  t.strictSame(judgeIsoRequest({ iso: '/srv/Fedora 43 #1%.iso', sha256: null }), { kind: 'url', url: 'file:///srv/Fedora%2043%20%231%25.iso/' })
  t.equal(isoPathOf('file:///srv/Fedora%2043%20%231%25.iso/'), '/srv/Fedora 43 #1%.iso')
  t.equal(isoPathOf('https://mirror.example/43/'), null)
  for (const iso of ['', 'dvd.iso', './dvd.iso', '/srv/../etc/shadow', '/srv/\ndvd.iso', 'file:///srv/dvd.iso', 'https://mirror.example/dvd.iso']) t.match(judgeIsoRequest({ iso, sha256: null }), { refusal: { code: 'iso-path' } }, JSON.stringify(iso))
  t.match(judgeIsoRequest({ iso: '/srv/dvd.iso', sha256: 'abc' }), { refusal: { code: 'tree-sha256' } })
  t.end()
})
