// What the volume lab itself stands on: reading what others put down, comparing images, telling whose bytes changed; and that its list of scenarios is in order.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allScenarios } from './all-scenarios.ts'
import { allWork } from './all-work.ts'
import { compareImages } from './compare-images.ts'
import { outside } from './judge-changes.ts'
import { nameRanges, parsePlaces } from './places.ts'
import { chooseMoments } from './power-cut.ts'
import { InputMistake, readDisks, readLayout } from './read-image-folder.ts'

t.test('disks.json is read in the forms that people write, and its mistakes are told', async t => {
  const folder = t.testdir({ 'a.img': 'x'.repeat(4096), 'b.img': 'x'.repeat(8192), 'odd.img': 'x'.repeat(700) })
  const told = (content: unknown) => { writeFileSync(join(folder, 'disks.json'), typeof content === 'string' ? content : JSON.stringify(content)) }
  told([{ file: 'a.img', serial: 'S1' }, { image: 'b.img', serialNumber: 7, sectorSize: 4096, wwn: 'wwn-0x5000C500A1B2C3D4', vendor: 'ACME', model: 'Disk' }])
  t.same(readDisks(folder), [
    { file: 'a.img', serial: 'S1', sectorBytes: 512, paths: 1 },
    { file: 'b.img', serial: '7', sectorBytes: 4096, paths: 1, wwn: '0x5000c500a1b2c3d4', vendor: 'ACME', model: 'Disk' },
  ])
  told({ disks: [{ path: join(folder, 'a.img'), serial: 'S1', sector_size: 512 }] })
  t.match(readDisks(folder), [{ file: 'a.img', sectorBytes: 512 }])
  told({ 'a.img': { serial: 'S1' }, 'b.img': 'S2' })
  t.match(readDisks(folder), [{ file: 'a.img', serial: 'S1' }, { file: 'b.img', serial: 'S2' }])
  for (const [content, mistake] of [
    ['{', /cannot be read/], [[], /names no disks/], [[{ serial: 'S1' }], /no "file"/], [[{ file: 'c.img', serial: 'S1' }], /no such file/], [[{ file: 'a.img' }], /no "serial"/], [[{ file: '../a.img', serial: 'S' }], /no such file|beside/],
    [[{ file: 'a.img', serial: 'S1', sectorBytes: 520 }], /520 bytes/], [[{ file: 'odd.img', serial: 'S1' }], /whole sectors/], [[{ file: 'a.img', serial: 'S1', wwn: 'x' }], /WWN/], [[{ file: 'a.img', serial: 'S1' }, { file: 'a.img', serial: 'S2' }], /twice/],
  ] as const) {
    told(content)
    t.throws(() => readDisks(folder), { message: mistake, constructor: InputMistake })
  }
})

t.test('a layout is read bare, or as configuration has it', async t => {
  const layout = { disk: { pick: 'only' }, group: 'vg0', bootMib: 256, espMib: 64, volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 512, keep: false }] }
  const folder = t.testdir({ 'bare.json': JSON.stringify(layout), 'config.yaml': JSON.stringify({ install: { layouts: { worker: layout } } }), 'wrong.json': JSON.stringify({ ...layout, bootMib: 'much' }) })
  t.same(readLayout(join(folder, 'bare.json')), layout)
  t.same(readLayout(join(folder, 'config.yaml')), layout)
  t.throws(() => readLayout(join(folder, 'wrong.json')), /bootMib/)
})

t.test('every sector that differs between two images is found, and whose it is', async t => {
  const folder = t.testdir()
  mkdirSync(folder, { recursive: true })
  const image = (name: string, writes: [number, string][]) => {
    const path = join(folder, name)
    const file = openSync(path, 'w')
    ftruncateSync(file, 64 * 2 ** 20)
    for (const [at, text] of writes) writeSync(file, text, at)
    closeSync(file)
    return path
  }
  const before = image('before', [[0, 'same'], [5 * 2 ** 20, 'volume'], [40 * 2 ** 20, 'gone']])
  const after = image('after', [[0, 'same'], [5 * 2 ** 20, 'Volume'], [5 * 2 ** 20 + 600, 'x'], [63 * 2 ** 20, 'outside']])
  const changed = compareImages(before, after)
  t.same(changed, [{ from: 5 * 2 ** 20, to: 5 * 2 ** 20 + 1024 }, { from: 40 * 2 ** 20, to: 40 * 2 ** 20 + 512 }, { from: 63 * 2 ** 20, to: 63 * 2 ** 20 + 512 }])
  const places = parsePlaces(['disk|S1|sda|67108864', 'part|S1|1|1048576|52428800|sda1', 'segment|/dev/sda1|1048576|1048576|0|10|vg0|root|uuid-1', 'segment|/dev/sda1|1048576|1048576|10|38|vg0||'].join('\n'))
  t.same(nameRanges('S1', changed, places).map(({ name, bytes }) => [name, bytes]), [['vg0/root', 1024], ['free in vg0', 512], ['outside every partition', 512]])
  t.same(outside(changed, [{ from: 0, to: 5 * 2 ** 20 + 512 }, { from: 40 * 2 ** 20, to: 64 * 2 ** 20 }]), [{ from: 5 * 2 ** 20 + 512, to: 5 * 2 ** 20 + 1024 }])
})

t.test('there are 60 scenarios and 40 power cuts, each with a name of its own', async t => {
  t.ok(allScenarios.length >= 60, `${allScenarios.length} scenarios`)
  const ids = allWork().map(({ id }) => id)
  t.same(ids.filter((id, index) => ids.indexOf(id) !== index), [])
  t.ok(ids.filter(id => /^cut-\d+$/.test(id)).length >= 40)
})

t.test('power cuts are chosen where something is written, each moment once', async t => {
  const trace = ['lvm pvs', 'mount -o ro /dev/x /y', 'wipefs -a -q -f /dev/vg0/root', 'cat x', 'mkfs.ext4 -q /dev/vg0/root', 'tar -x -p -C /target -f /labctl-image/image', 'sync', 'umount -R /target', 'curl x']
  const moments = chooseMoments(trace, 12).map(({ when, name, count }) => `${when} ${name} ${count}`)
  t.equal(new Set(moments).size, 12)
  t.ok(moments.includes('20 mkfs.ext4 1') && moments.includes('300 tar 1'), moments.join(', '))
  t.notOk(moments.some(moment => /curl|cat/.test(moment)), 'not where nothing can be cut')
})
