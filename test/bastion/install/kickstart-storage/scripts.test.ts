// The scripts around Anaconda: what they are told, that a shell reads them, and their parts that need no LVM, run on folders and on a firmware of files.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { KickstartStepsViewSchema } from '../../../../bastion/install/kickstart-storage/kickstart-steps-view.ts'
import { planKickstartSteps } from '../../../../bastion/install/kickstart-storage/plan-kickstart-steps.ts'
import { renderKickstartScripts } from '../../../../bastion/install/kickstart-storage/render-kickstart-scripts.ts'
import { defaultLayouts } from '../../../../bastion/platform/default-layouts.ts'
import { fakeEfibootmgr, FakeFirmware } from '../../../lib/fake-firmware.ts'
import { diskOf, factsOf } from '../../volumes/facts-of.ts'
import { planOf, reprovisionOf } from '../steps-of.ts'

const uefi = factsOf([diskOf('sda')], { firmware: 'uefi' })
const opt = { name: 'opt', mount: '/opt', filesystem: 'xfs' as const, sizeMib: 1024, keep: false }
const roomy = { ...defaultLayouts.worker!, volumes: defaultLayouts.worker!.volumes.map(volume => volume.sizeMib === 'rest' ? { ...volume, sizeMib: 2048 } : volume) }
const plans = {
  'install, BIOS': planOf(), 'install, UEFI': planOf({ facts: uefi }), 'reprovision, BIOS': reprovisionOf(), 'reprovision, UEFI': reprovisionOf({ facts: uefi }),
  'reprovision with nothing to carry over': reprovisionOf({ paths: [] }), 'reprovision with a new volume': reprovisionOf({ layout: roomy, now: { ...roomy, volumes: [...roomy.volumes, opt] } }),
}
const order = { id: '019a0000-0000-7000-8000-000000000002', attempt: 3, name: 'worker-1' }
const question = (plan: typeof plans['install, BIOS'], bootOrder: 'disk' | 'network' = 'disk') => ({ plan, order, treeUrl: 'https://192.0.2.1:8443/os/fedora-43/tree/', bootOrder })

for (const [name, plan] of Object.entries(plans)) {
  t.test(`${name}: the view has every key, a shell can read the scripts, and shellcheck finds nothing wrong in them`, async t => {
    t.same([...Value.Errors(KickstartStepsViewSchema, { ...planKickstartSteps(question(plan)), part: 'x' })], [])
    for (const [part, script] of Object.entries(renderKickstartScripts(question(plan)))) {
      execFileSync('sh', ['-n'], { input: script })
      const { stdout } = spawnSync('shellcheck', ['--shell=sh', '--severity=warning', '--exclude=SC1090,SC1091,SC2034,SC2154,SC2153', '-'], { input: script, encoding: 'utf8' })
      t.equal(stdout, '', part)
      t.notMatch(script, /\b(mkfs|pvcreate|vgcreate|lvcreate|lvremove|vgremove|pvremove|sgdisk|mkswap)\b/, `${part} makes nothing: that is Anaconda’s`)
    }
  })
}

t.test('a fresh installation writes nothing in %pre; a reprovision marks what has begun only after the bastion has heard it', async t => {
  const fresh = renderKickstartScripts(question(plans['install, UEFI'])).pre
  t.notMatch(fresh, /addtag|deltag|wipefs -a|put_aside/)
  const again = renderKickstartScripts(question(plans['reprovision, UEFI'])).pre
  const [heard, mark] = [again.indexOf('until labctl_progress disks'), again.search(/^set -- --addtag "labctl\.underway/m)]
  t.ok(heard > 0 && mark > heard)
  t.ok(again.search(/^ {2}put_aside$/m) > heard && again.search(/^ {2}put_aside$/m) < mark, 'and carried files are safe before that')
  t.end()
})

t.test('what Anaconda made is judged by mount, type, device and UUID', async t => {
  const { made, tagged } = planKickstartSteps(question(plans['reprovision with a new volume']))
  t.match(made.find(({ mount }) => mount === '/home'), { device: '/dev/vg0/home', uuid: /^\w{6}-/ })
  t.match(made.find(({ mount }) => mount === '/opt'), { device: '/dev/vg0/opt', uuid: '', filesystem: 'xfs' })
  t.match(made.find(({ mount }) => mount === '/boot'), { device: '', disk: /^\/dev\/disk\/by-id\//, uuid: /^[0-9a-f-]{36}$/ })
  t.strictSame(tagged.map(({ path, tag }) => [path, tag !== '']), [['vg0/root', false], ['vg0/var', false], ['vg0/opt', true]])
  t.end()
})

t.test('what lorax takes away is made up for, and says the same as the programs', async t => {
  const folder = t.testdir({ a: 'one\nthree\ntwo\n', b: 'four\none\ntwo\n', same: 'one\nthree\ntwo\n', empty: '' })
  const script = renderKickstartScripts(question(plans['reprovision, BIOS'])).pre
  const head = script.slice(0, script.indexOf('#!/bin/sh', 20))
  const tests = 'comm -23 a b; echo; comm -13 a b; echo; comm -23 a empty; echo; comm -13 empty a; echo; cmp -s a b; echo $?; cmp -s a same; echo $?; truncate -s 5M hole; stat -c %s hole; stat -c %s a; chmod 700 .; stat -c "%u %a" "$PWD"; stat -f -c "%a %S" . | wc -w; ls -ls hole | cut -d " " -f 1'
  const run = (path: string) => {
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `${head}\n${tests}`], { cwd: folder, encoding: 'utf8', env: { PATH: path, LABCTL: folder, LABCTL_RUN: folder } })
    return stdout + stderr
  }
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['dd', 'df', 'find', 'grep', 'awk', 'wc', 'tr', 'sha256sum', 'cut', 'ls', 'chmod', 'mkdir', 'cat', 'readlink']) symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name))
  t.notMatch(run(bin), /not found/)
  t.equal(run(bin), run('/usr/sbin:/usr/bin:/sbin:/bin'))
})

t.test('the boot order: Anaconda’s own entry stands first, ours of an earlier image is taken away, others stay', async t => {
  const [esp, elsewhere] = ['c0ffee00-1111-4222-8333-444455556666', 'beef0000-1111-4222-8333-444455556666']
  const run = (bootOrder: 'disk' | 'network', entries: (firmware: FakeFirmware) => void) => {
    const folder = t.testdir()
    for (const name of ['bin', 'run']) mkdirSync(join(folder, name), { recursive: true })
    const firmware = new FakeFirmware(join(folder, 'variables'))
    entries(firmware)
    symlinkSync(fakeEfibootmgr, join(folder, 'bin/efibootmgr'))
    writeFileSync(join(folder, 'bin/lsblk'), `#!/bin/sh\necho ${esp.toUpperCase()}\n`, { mode: 0o755 })
    writeFileSync(join(folder, 'bin/findmnt'), '#!/bin/sh\necho /dev/sda2\n', { mode: 0o755 })
    const { end } = renderKickstartScripts(question(plans['install, UEFI'], bootOrder))
    const part = end.slice(end.indexOf('# ---- How it boots'), end.indexOf('\n# ---- The end'))
    const shell = 'set -u; patience=300; due() { :; }; export LC_ALL=C PATH="$PWD/bin:$PATH"; LABCTL_RUN=$PWD/run log=$PWD/log target=$PWD/target LABCTL_EFIVARS=$PWD/variables; stop() { echo "stopped: $*"; exit 1; }; progress() { echo "$1 $3"; }\n'
    const { stdout, stderr } = spawnSync('sh', ['-c', shell + part], { cwd: folder, encoding: 'utf8', env: { ...process.env, FAKE_VARIABLES: firmware.directory, FAKE_ESP: esp, FAKE_REFUSES: '' } })
    return { said: stdout + stderr, order: firmware.order, entries: firmware.entries }
  }
  const furnish = (firmware: FakeFirmware) => {
    firmware.put({ number: '0000', label: 'UiApp', from: 'other' })
    firmware.put({ number: '0001', label: 'UEFI PXEv4', from: 'network' })
    firmware.put({ number: '0002', label: 'Fedora', from: { partUuid: elsewhere, partition: 1, loader: '\\EFI\\fedora\\shimx64.efi' } })
    firmware.put({ number: '0003', label: 'labctl', from: { partUuid: esp, partition: 2, loader: '\\EFI\\labctl\\grubx64.efi' } })
    firmware.put({ number: '0004', label: 'UEFI OS', from: { partUuid: esp, partition: 2, loader: '\\EFI\\BOOT\\BOOTX64.EFI' } })
    firmware.put({ number: '0005', label: 'Fedora', from: { partUuid: esp, partition: 2, loader: '\\EFI\\fedora\\shimx64.efi' } })
    firmware.order = ['0001', '0003', '0004', '0005', '0002', '0000']
  }
  const disk = run('disk', furnish)
  t.strictSame(disk.order, ['0005', '0001', '0004', '0002', '0000'], disk.said)
  t.notOk(disk.entries.some(entry => entry.endsWith(' labctl')))
  t.match(disk.said, /^configure boot order: 0005 Fedora, 0001 UEFI PXEv4, 0004 UEFI OS, 0002 Fedora, 0000 UiApp$/m)
  t.strictSame(run('network', furnish).order, ['0001', '0005', '0004', '0002', '0000'])
  t.match(run('disk', firmware => { firmware.put({ number: '0001', label: 'UEFI PXEv4', from: 'network' }); firmware.order = ['0001'] }).said, /no entry of Anaconda/)
  t.match(run('disk', () => {}).said, /shows no variables/)
  t.end()
})
