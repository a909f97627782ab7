// %pre of discovery and of an installation by Kickstart, for real: an Anaconda-like environment with real LVM on User-Mode Linux, the real overlay and its dracut hook, and a real bastion over its TLS. The file that Anaconda would include is compared with the plan and given to ksvalidator.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { KickstartFile } from '../../bastion/install/kickstart/answer-kickstart.ts'
import { flattenKickstart } from '../../bastion/install/kickstart/flatten-kickstart.ts'
import { renderBootKickstart } from '../../bastion/install/kickstart/render-boot-kickstart.ts'
import { renderKickstartStorage } from '../../bastion/install/render-kickstart.ts'
import type { Facts } from '../../protocol/facts.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { Tree } from '../../protocol/tree-sources.ts'
import { complaintsOf, installedKsvalidator } from '../lib/ksvalidator.ts'
import { placeTree } from '../lib/place-tree.ts'
import { benchMac } from '../volumes/bench/bench.ts'
import { makeImage, quote } from '../volumes/disk.ts'
import { copyForeignPrograms } from '../volumes/installer/foreign-programs.ts'
import { imageFolder, Lab, type Identity } from '../volumes/lab.ts'
import { labLayouts } from '../volumes/layouts.ts'
import { adopted } from '../volumes/machines.ts'

const installerShell = readFileSync(new URL('../volumes/installer/installer.sh', import.meta.url), 'utf8')
const bootUrl = 'http://10.77.0.1:8080'
interface Detail { machine: { state: string, order: { state: string, phase: string | null, because: string | null } | null }, facts: Facts, timeline: { phase: string, text: string, alarm: boolean }[] }

/** Boots the machine into its installer as far as %pre; gives how that ended, and the files that it left, which are in the exchange folder. */
async function runPre(lab: Lab, identity: Identity, prepare = ''): Promise<{ outcome: string, said: string, folder: string }> {
  const folder = join(lab.exchange, 'left')
  const { output } = await lab.bench.run(`
MACHINE_MAC=${benchMac} MACHINE_IP=10.77.0.50 MACHINE_UUID=${quote(identity.uuid)} MACHINE_SERIAL=${quote(identity.serial)} MACHINE_FIRMWARE=${identity.firmware} MACHINE_BOOT_URL=${bootUrl}
${installerShell}
take_identity || exit 1
fetch_overlay || exit 1
# The bench's own stand-ins are of the RAM disk's waiting; here the real one waits.
(cd / && cpio -idmu --quiet </run/lab/overlay.cpio)
enter_installer /lab/exchange/foreign || exit 1
# Curl as it is, and what it was asked for.
curl=$(readlink "$installer/bin/curl") && rm "$installer/bin/curl" && rm -f /run/lab/called
printf '#!/bin/sh\nfor word; do case $word in https://*) echo "called: $word" >>/run/lab/called ;; esac; done\nexec %s "$@"\n' "$curl" >"$installer/bin/curl" && chmod 755 "$installer/bin/curl"
${prepare}
sync
# Requests and sectors written (Documentation/block/stat.rst), of every disk.
written() { for disk in /sys/block/sd*; do read -r _ _ _ _ requests _ sectors _ <"$disk/stat"; echo "$disk $requests $sectors"; done; }
written >/run/lab/written
run_pre 100
sync
written | cmp -s - /run/lab/written && echo 'written: nothing'
cat /run/lab/called
rm -rf /lab/exchange/left && mkdir -p /lab/exchange/left
cp -a /run/labctl/answer /run/labctl/public-key.pem /lab/exchange/left/ 2>/dev/null
cp -a /run/labctl/machine.ks /lab/exchange/left/ 2>/dev/null
(cd /run/labctl && find . -type f | while read -r file; do stat -c '%a %n' "$file"; done) >/lab/exchange/left/modes
(cd /run/labctl/overlay && stat -c '%a %n' .. machine.key bearer.header labctl.ks) >>/lab/exchange/left/modes
sed -n 's/^.*--\\(only-use\\|drives\\|ondisk\\|onpart\\|boot-drive\\)=//p' /run/labctl/machine.ks | tr ', ' '\\n' | grep /dev/ | sort -u | while read -r path; do [ -b "$path" ] || echo "$path"; done >/lab/exchange/left/missing
`, { seconds: 160 })
  return { outcome: /^outcome: (\w+)$/m.exec(output)?.[1] ?? 'none', said: output, folder }
}

t.test('%pre, on the bench', { timeout: 600_000 }, async t => {
  await installedKsvalidator()
  const trees: Tree[] = []
  const lab = await Lab.open(labLayouts, 0, { os: 'fedora-43', place: osFolder => { trees.push(placeTree(osFolder, 'fedora-43')) } })
  t.teardown(() => lab.close())
  const [tree] = trees as [Tree]
  copyForeignPrograms(join(lab.exchange, 'foreign'))
  const scratch = t.testdir()
  const detail = async () => (await lab.api<Detail>('GET', `/api/machines/${benchMac}`)).body

  /** The machine is discovered by the installer: it reports, and starts anew; its disks are as they were. */
  const discovered = async (t: Test, identity: Identity, prepare = '') => {
    const { outcome, said, folder } = await runPre(lab, identity, prepare)
    t.equal(outcome, 'rebooted', said)
    t.match(said, /^written: nothing$/m, said)
    t.match(said, /facts reported, and no disk was touched.*\n.*leaving: local-disk/)
    t.same([...new Set([...said.matchAll(/^called: https:\/\/[^/]+(.*)$/gm)].map(([, path]) => path))], ['/api/discover'], 'its report, and nothing else')
    t.notOk(existsSync(join(folder, 'machine.ks')), 'there is nothing that Anaconda could go on with')
    const { machine, timeline } = await detail()
    t.match(machine, { state: 'discovered', order: null })
    t.strictSame(timeline.filter(({ alarm }) => alarm), [])
    t.ok(timeline.some(({ phase, text }) => phase === 'kernel' && /installer’s initramfs.*to discover/.test(text)) && timeline.some(({ phase }) => phase === 'facts'))
  }

  /** The include file, against the plan that was answered with it, the disks that the guest has, and ksvalidator. */
  const judge = async (t: Test, folder: string, role: keyof typeof labLayouts): Promise<{ plan: StoragePlan, text: string }> => {
    const text = readFileSync(join(folder, 'machine.ks'), 'utf8')
    const { storage } = JSON.parse(readFileSync(join(folder, 'answer', 'plan.json'), 'utf8')) as { storage: StoragePlan }
    const wanted = renderKickstartStorage({ plan: storage, layout: labLayouts[role], facts: (await detail()).facts })
    if (wanted.kind === 'refused') throw new Error(JSON.stringify(wanted))
    const storageLines = (file: string) => file.split('\n').filter(line => /^(ignoredisk|clearpart|part|volgroup|logvol) /.test(line))
    t.same(storageLines(text), storageLines(wanted.text), 'it has the storage commands of the plan, and no others')
    for (const volume of storage.volumes) t.match(text, new RegExp(`^logvol ${volume.mount === '' ? 'swap' : volume.mount} .*--vgname=${volume.group} .*--name=${volume.name}\\b${volume.action === 'keep' ? '.*--noformat' : ''}`, 'm'), volume.name)
    t.equal(readFileSync(join(folder, 'missing'), 'utf8'), '', 'every device that it names is there')
    const file = (name: KickstartFile) => readFileSync(join(folder, 'answer', name), 'utf8')
    const files = { 'machine.ks': text, 'nochroot.sh': file('nochroot.sh'), 'post.sh': file('post.sh'), 'storage-pre.sh': file('storage-pre.sh'), 'storage-carry.sh': file('storage-carry.sh'), 'storage-end.sh': file('storage-end.sh') }
    t.equal(await complaintsOf(flattenKickstart(renderBootKickstart({ os: tree.name, version: tree.kickstart }), files), tree.kickstart, scratch), null, 'ksvalidator takes all of it')
    return { plan: storage, text }
  }

  await t.test('a fresh machine: the clock, the key, the facts, and what Anaconda includes', async t => {
    const identity: Identity = { uuid: '5e9b7a10-0000-4000-8000-0000000b1001', serial: 'LAB-fresh', firmware: 'bios' }
    const disk = { file: 'a.img', serial: 'F4E5B001', sizeMib: 2560 }
    const images = imageFolder(lab, 'fresh')
    makeImage(images, disk)
    await lab.attach(images, [disk])
    await discovered(t, identity, 'date -u -s @1000000000 >/dev/null')
    t.match((await detail()).facts.disks, [{ serial: 'F4E5B001', sizeBytes: 2560 * 2 ** 20 }])
    t.match((await lab.boot(identity)), { outcome: 'none', log: /is known and has no order\. One begins with its next network boot\.[^]*sanboot/ }, 'it is not discovered over and over')
    await lab.api('POST', '/api/install', { machine: benchMac, name: 'lab', role: 'worker', os: 'fedora-43' })
    const { outcome, said, folder } = await runPre(lab, identity, 'date -u -s @1000000000 >/dev/null')
    t.equal(outcome, '0', said)
    await judge(t, folder, 'worker')
    t.match(readFileSync(join(folder, 'public-key.pem'), 'utf8'), /^-----BEGIN PUBLIC KEY-----/)
    t.match(said, /Anaconda installs as ordered/)
    const modes = readFileSync(join(folder, 'modes'), 'utf8').trim().split('\n')
    for (const wanted of ['700 ..', '600 machine.key', '600 bearer.header', '600 labctl.ks', '600 ./machine.ks', '600 ./answer/bootstrap.json', '600 ./answer/post.sh']) t.ok(modes.includes(wanted), `${wanted} among ${modes.join(', ')}`)
    t.match((await detail()).machine.order, { state: 'installing' })
    await lab.detach()
  })

  await t.test('a reprovision: the volumes of a machine whose groups Anaconda has activated are kept, and hold what they held', async t => {
    lab.rows.restore(null)
    const identity: Identity = { uuid: '5e9b7a10-0000-4000-8000-0000000b1002', serial: 'LAB-kept', firmware: 'bios' }
    const images = imageFolder(lab, 'kept')
    const [disk] = adopted.disks
    makeImage(images, disk!)
    await lab.attach(images, adopted.disks)
    const seeded = [...(await lab.bench.must(`set -e\n${adopted.build}\n${adopted.added}\nset +e\nlet_go_of_disks`, 120)).matchAll(/^seeded\|([^|]+)\|(.*)$/gm)]
    await discovered(t, identity, 'lvm vgchange --devicesfile "" -ay -K vg0 >/dev/null; udevadm settle')
    const wish = { role: 'worker', volumes: adopted.adopt }
    const { body: shown } = await lab.api<{ digest: string }>('POST', `/api/machines/${benchMac}/adopt`, wish)
    await lab.api('POST', `/api/machines/${benchMac}/adopt`, { ...wish, shown: shown.digest })
    const { body: plan } = await lab.api<{ digest: string }>('POST', '/api/plan', { machine: benchMac, order: 'reprovision', os: 'fedora-43' })
    await lab.api('POST', '/api/reprovision', { machine: benchMac, os: 'fedora-43', name: 'lab', shown: plan.digest })
    await lab.detach()
    await lab.attach(images, adopted.disks)
    const { outcome, said, folder } = await runPre(lab, identity, 'lvm vgchange --devicesfile "" -ay -K vg0 >/dev/null; udevadm settle')
    t.equal(outcome, '0', said)
    t.notMatch(said, /^written: nothing$/m, 'marks and what is carried over are written here, and the count shows it')
    const { plan: answered, text } = await judge(t, folder, 'worker')
    t.ok(answered.kept.length >= 3, `${answered.kept.length} volumes are kept`)
    for (const { name } of answered.kept.filter(({ name }) => ['home', 'srv', 'longhorn'].includes(name))) t.match(text, new RegExp(`^logvol .*--name=${name} .*--useexisting --noformat`, 'm'))
    t.match(text, /^clearpart --none$/m)
    t.equal(seeded.length, 3)
    t.equal(await lab.bench.must(`active vg0\n${seeded.map(([, uuid, name]) => `check_seed ${uuid} ${quote(name!)}`).join('\n')}`, 60), '', 'every file on them is as it was')
    await lab.detach()
  })

  await t.test('a refusal stops Anaconda: no include file, the reason on the console and with the bastion; and the operator’s word starts it anew', async t => {
    lab.rows.restore(null)
    const identity: Identity = { uuid: '5e9b7a10-0000-4000-8000-0000000b1003', serial: 'LAB-refused', firmware: 'bios' }
    const disk = { file: 'a.img', serial: 'F4E5B003', sizeMib: 2560 }
    const images = imageFolder(lab, 'refused')
    makeImage(images, disk)
    await lab.attach(images, [disk])
    // Ordered before it was seen: the report arms the order, so the machine asks what comes next.
    await lab.api('POST', '/api/install', { machine: benchMac, name: 'lab', role: 'worker', os: 'fedora-43', identity: { serial: identity.serial, disks: [disk.serial] } })
    const first = await runPre(lab, identity)
    t.equal(first.outcome, 'rebooted', first.said)
    t.match(first.said, /facts reported, and no disk was touched[^]*leaving: reboot[^]*^written: nothing$[^]*\/api\/discover$[^]*\/api\/boot\/next$/m)
    t.match((await detail()).machine.order, { state: 'armed' })
    // What was empty holds something by then.
    const running = runPre(lab, identity, 'mkfs.ext4 -q -F /dev/sda && udevadm settle')
    running.catch(() => undefined)
    const deadline = Date.now() + 60_000
    while ((await detail()).machine.order?.state !== 'failed' && Date.now() < deadline) await new Promise(resolve => { setTimeout(resolve, 500) })
    t.match((await detail()).machine.order, { state: 'failed', because: /Nothing was touched/ })
    await lab.api('POST', `/api/machines/${benchMac}/retry`, { wipe: ['F4E5B003'] })
    const { outcome, said, folder } = await running
    t.equal(outcome, 'rebooted', said)
    t.match(said, /refused \(409\): .*F4E5B003|refused \(409\)/)
    t.match(said, /Anaconda is stopped here, and no disk was touched/)
    t.notOk(existsSync(join(folder, 'machine.ks')))
    t.same(existsSync(join(folder, 'answer')) ? readdirSync(join(folder, 'answer')) : [], [])
    await lab.detach()
  })
})
