// A machine is installed by Kickstart and then reprovisioned by Kickstart, with real LVM on User-Mode Linux and a real bastion: our scripts around the installation run as they are; what Anaconda itself would do is done by a stand-in that reads the same storage commands (test/volumes/installer/anaconda.sh).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { placeTree } from '../lib/place-tree.ts'
import { benchMac } from '../volumes/bench/bench.ts'
import { makeImage, quote } from '../volumes/disk.ts'
import { copyForeignPrograms } from '../volumes/installer/foreign-programs.ts'
import { imageFolder, Lab, type Identity } from '../volumes/lab.ts'
import { lived } from '../volumes/machines.ts'

const shell = ['installer', 'anaconda'].map(name => readFileSync(new URL(`../volumes/installer/${name}.sh`, import.meta.url), 'utf8')).join('\n')
const bootUrl = 'http://10.77.0.1:8080'
interface Detail {
  machine: { state: string, order: { state: string, phase: string | null, because: string | null } }
  proof: { same: boolean, rows: { volume: string, same: boolean }[] } | null
  timeline: { phase: string, text: string, alarm: boolean }[]
}

/** Boots the machine into its installer, to the end of the last %post. `before`: shell between the installation and that. */
async function installed(lab: Lab, identity: Identity, before = ''): Promise<string> {
  const { output } = await lab.bench.run(`
MACHINE_MAC=${benchMac} MACHINE_IP=10.77.0.50 MACHINE_UUID=${quote(identity.uuid)} MACHINE_SERIAL=${quote(identity.serial)} MACHINE_FIRMWARE=${identity.firmware} MACHINE_BOOT_URL=${bootUrl}
${shell}
take_identity || exit 1
fetch_overlay || exit 1
(cd / && cpio -idmu --quiet </run/lab/overlay.cpio)
enter_installer /lab/exchange/foreign || exit 1
run_pre 160
[ -s /run/labctl/machine.ks ] || exit 1
run_anaconda /run/labctl/machine.ks || exit 1
${before}
run_in_installer 'sh /run/labctl/answer/nochroot.sh && sh /run/labctl/answer/storage-end.sh'
cat /run/labctl/log
umount -R /mnt/sysroot; umount -R "$sysimage"
let_go_of_disks
`, { seconds: 400 })
  return output
}

t.test('kept by Kickstart, on the bench', { timeout: 900_000 }, async t => {
  const lab = await Lab.open()
  t.teardown(() => lab.close())
  placeTree(lab.osFolder, 'fedora-43')
  copyForeignPrograms(join(lab.exchange, 'foreign'))
  const detail = async () => (await lab.api<Detail>('GET', `/api/machines/${benchMac}`)).body
  const identity: Identity = { uuid: '5e9b7a10-0000-4000-8000-0000000b2001', serial: 'LAB-keeps', firmware: 'bios' }
  const disk = { file: 'a.img', serial: 'F4E5B201', sizeMib: 2560 }
  const images = imageFolder(lab, 'keeps')
  makeImage(images, disk)
  await lab.attach(images, [disk])
  t.equal((await lab.boot(identity)).outcome, 'waits')
  let seeded: { uuid: string, name: string }[] = []

  const orderEnded = async (t: Test, said: string) => {
    t.match(said, /^ended: 0$/m, said)
    const { machine, timeline } = await detail()
    t.match(machine.order, { state: 'done' })
    t.strictSame(timeline.filter(({ alarm }) => alarm).map(({ text }) => text), [])
  }

  await t.test('an empty disk: Anaconda chooses the UUIDs, and the bastion records them', async t => {
    await lab.api('POST', '/api/install', { machine: benchMac, name: 'lab', role: 'worker', os: 'fedora-43' })
    await orderEnded(t, await installed(lab, identity))
    const tags = await lab.bench.must("lvm lvs --devicesfile '' --noheadings -o lv_name,lv_tags | sort; lvm vgs --devicesfile '' --noheadings -o vg_tags")
    t.equal(tags.match(/labctl\.ready/g)?.length, 5, tags)
    t.match(tags, /labctl\.installed/)
    seeded = [...(await lab.bench.must(`set -e\n${lived(['vg0/home', 'vg0/srv', 'vg0/longhorn'])}\nset +e\nlet_go_of_disks`)).matchAll(/^seeded\|([^|]+)\|(.*)$/gm)].map(([, uuid, name]) => ({ uuid: uuid!, name: name! }))
    t.equal(seeded.length, 3)
  })

  await t.test('a reprovision keeps what is to be kept, carries files over, and proves it', async t => {
    const { body: plan } = await lab.api<{ digest: string }>('POST', '/api/plan', { machine: benchMac, order: 'reprovision', os: 'fedora-43' })
    await lab.api('POST', '/api/reprovision', { machine: benchMac, os: 'fedora-43', name: 'lab', shown: plan.digest })
    const said = await installed(lab, identity, 'if [ -e /mnt/sysroot/etc/former-system ]; then echo "unexpected|the root was not made anew|"; fi')
    await orderEnded(t, said)
    t.notMatch(said, /^unexpected/m)
    const { proof, timeline } = await detail()
    t.match(proof, { same: true })
    t.ok((proof?.rows.length ?? 0) >= 6, 'each kept volume has its rows')
    t.ok(timeline.some(({ phase, text }) => phase === 'proof' && text.startsWith('Kept: ')))
    const after = await lab.bench.must(`
active vg0
${seeded.map(({ uuid, name }) => `check_seed ${quote(uuid)} ${quote(name)}`).join('\n')}
mount -o ro /dev/vg0/root /mnt
expect 'the SSH host key is the former one' grep -q 'former private ed25519' /mnt/etc/ssh/ssh_host_ed25519_key
expect 'the node password is the former one' grep -qx former-password /mnt/etc/rancher/node/password
expect 'it is for nobody else to read' test "$(stat -c %a /mnt/etc/rancher/node/password)" = 600
expect 'the list of what was kept is there' test "$(wc -l </mnt/etc/labctl/kept)" = 3
umount /mnt
lvm vgs --devicesfile '' --noheadings -o vg_tags vg0
lvm lvs --devicesfile '' --noheadings -o lv_tags vg0
let_go_of_disks`)
    t.notMatch(after, /^(lost|unexpected)\|/m, after)
    t.match(after, /labctl\.installed/)
    t.notMatch(after, /labctl\.underway/)
    t.equal(after.match(/labctl\.ready/g)?.length, 5)
  })

  await t.test('what is kept and not the same any more is an alarm, and no success', async t => {
    const { body: plan } = await lab.api<{ digest: string }>('POST', '/api/plan', { machine: benchMac, order: 'reprovision', os: 'fedora-43' })
    await lab.api('POST', '/api/reprovision', { machine: benchMac, os: 'fedora-43', name: 'lab', shown: plan.digest })
    const said = await installed(lab, identity, 'umount /mnt/sysroot/srv; umount "$sysimage/srv"; mkfs.ext4 -q -F /dev/vg0/srv; mount /dev/vg0/srv "$sysimage/srv"; mount /dev/vg0/srv /mnt/sysroot/srv')
    t.match(said, /^ended: 1$/m)
    t.match(said, /WHAT WAS TO BE KEPT IS NOT AS IT WAS: vg0\/srv/)
    t.notMatch((await detail()).machine.order, { state: 'done' })
  })
  await lab.detach()
})
