import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { listLines } from '../../../bastion/platform/list-lines.ts'
import { filesMatch, readManifest } from '../../../bastion/platform/manifest-files.ts'
import { builtRamdisk } from '../../lib/cache.ts'

const template = (name: string) => listLines(readFileSync(fileURLToPath(new URL(`../../../templates/ramdisk/${name}`, import.meta.url)), 'utf8'))

t.test('the RAM disk, built from the distribution’s packages', { timeout: 1_200_000 }, async t => {
  const folder = await builtRamdisk(text => { t.comment(text) })
  const manifest = readManifest(folder)!
  // zstd(1) complains of the padding behind its frame, after it has unpacked; the kernel skips zeros there (buffer-format.rst).
  const cpio = spawnSync('zstd', ['-dcq', join(folder, 'ramdisk.img')], { maxBuffer: 2 ** 30 }).stdout
  const listed = spawnSync('cpio', ['--quiet', '-t'], { input: cpio, maxBuffer: 2 ** 26 })
  t.equal(listed.status, 0, listed.stderr.toString())
  const names = listed.stdout.toString().split('\n')
  const files = new Set(names.map(name => name.split('/').at(-1)!))

  t.test('matches its manifest, and is at most 60 MB with its kernel', async t => {
    t.equal(await filesMatch(folder, manifest), true)
    const size = ['vmlinuz', 'ramdisk.img'].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    t.ok(size <= 60e6, `${size} bytes`)
  })

  t.test('is padded to four bytes, as the overlay is loaded right behind it', t => {
    t.equal(statSync(join(folder, 'ramdisk.img')).size % 4, 0)
    t.end()
  })

  t.test('holds every program that is listed', t => {
    const wanted = template('programs').map(line => line.replace(/^busybox /, '').split('/').at(-1)!)
    t.ok(wanted.length > 100)
    t.strictSame(wanted.filter(name => !files.has(name)), [])
    t.end()
  })

  t.test('holds drivers of networks and disks, and the file systems, unpacked so that the whole packs well', t => {
    const wanted = ['e1000', 'igb', 'ixgbe', 'i40e', 'ice', 'mlx5_core', 'bnxt_en', 'tg3', 'r8169', 'virtio_net', 'ahci', 'nvme', 'megaraid_sas', 'mpt3sas', 'virtio_blk', 'virtio_scsi', 'sd_mod', 'dm-mod', 'dm-thin-pool', 'dm-raid', 'dm-crypt', 'raid1', 'xhci-hcd', 'ext4', 'xfs', 'vfat', 'nls_cp437', 'efivarfs']
    // A few are part of the kernel itself: modules.builtin names those.
    t.strictSame(wanted.filter(name => !files.has(`${name}.ko`) && !cpio.includes(`/${name}.ko\n`)), [])
    t.strictSame(names.filter(name => name.endsWith('.ko.xz')), [])
    t.ok(names.some(name => name.endsWith(`lib/modules/${manifest.kernel}/modules.dep.bin`)))
    t.end()
  })

  t.test('has the rules that device-mapper waits for, and none that activates what is on disks', t => {
    t.strictSame(names.filter(name => name.includes('/rules.d/')).map(name => name.split('/').at(-1)).toSorted(), template('udev-rules').toSorted())
    for (const rule of ['64-md-raid-assembly.rules', '69-lvm.rules']) t.notOk(files.has(rule), rule)
    t.end()
  })

  t.test('says what is missing when it is started without an overlay', t => {
    t.ok(names.includes('init'))
    t.ok(cpio.includes('there is no overlay'))
    t.end()
  })

  t.test('is not built again while nothing has changed', async t => {
    await builtRamdisk()
    t.strictSame(readManifest(folder), manifest)
  })
})
