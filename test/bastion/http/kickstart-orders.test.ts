// An order for an installation tree, from the operator's word to the machine's answer, over the real planes.
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parseIpxeScript } from '../../../labctl/rehearsal/uml/parse-ipxe-script.ts'
import { startBastionWithTree } from '../../lib/bastion-with-tree.ts'
import { freePort, SimulatedMachine, type LoopbackBastion } from '../../lib/loopback-bastion.ts'
import { readTar } from '../../lib/read-tar.ts'
import { unpackCpio } from '../../lib/unpack-cpio.ts'

const detailOf = async (bastion: LoopbackBastion, machine: SimulatedMachine) => (await bastion.control('GET', `/api/machines/${machine.mac}`)).json() as { machine: { order: { state: string } }, hint: object | null, timeline: { phase: string, text: string }[] }
const orderOf = async (bastion: LoopbackBastion, machine: SimulatedMachine) => (await detailOf(bastion, machine)).machine.order
const install = (bastion: LoopbackBastion, machine: SimulatedMachine, name: string, more: object = {}) => bastion.control('POST', '/api/install', { machine: machine.mac, name, os: 'fedora-43', ...more })
const overlayOf = async (machine: SimulatedMachine, script: string) => {
  const { text } = await machine.overlay(script)
  return Object.fromEntries(unpackCpio(Buffer.from(text)).map(file => [file.path, file]))
}

t.test('an order for an installation tree', async t => {
  const intake = await freePort()
  const bastion = await startBastionWithTree(t, { logIntake: { addresses: ['127.0.0.1'], port: intake } })
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  let script = ''

  await t.test('is taken, and its machine, which waits in the RAM disk, starts anew', async t => {
    const waiting = machine.next()
    t.match(await install(bastion, machine, 'worker-1'), { status: 201 })
    t.match({ status: (await waiting).status, word: String((await waiting).body) }, { status: 200, word: 'reboot' })
  })

  await t.test('gives the installer: kernel and initramfs of the tree, then the overlay, and no secret on the kernel line', async t => {
    script = await machine.dispatch()
    t.ok(parseIpxeScript(script).lines.length > 4)
    const kernel = script.split('\n').find(line => line.startsWith('kernel '))!
    const base = `http://127.0.0.1:${bastion.bootPort}/os/fedora-43/tree/`
    for (const part of [`kernel ${base}images/pxeboot/vmlinuz initrd=initrd.img initrd=overlay.cpio `, `inst.stage2=${base} `, 'inst.ks=file:/labctl/labctl.ks ', `inst.syslog=127.0.0.1:${intake} `, 'ip=${netX/ip}::${netX/gateway}:${netX/netmask}::${netX/mac:hexhyp}:none ', 'labctl.mac=${netX/mac} '])
      t.ok(kernel.includes(part), part)
    const ticket = /\/boot\/([^/]+)\/overlay\.cpio/.exec(script)![1]!
    t.notOk(kernel.includes(ticket), 'the ticket is on no kernel line')
    t.match(script, new RegExp(`initrd --name initrd\\.img ${base}images/pxeboot/initrd\\.img`))
  })

  await t.test('gives an overlay with the kickstart and the hook, the bearer in one file that root alone reads', async t => {
    const overlay = await overlayOf(machine, script)
    t.match(overlay['labctl/labctl.ks']!.content.toString(), /^%include \/run\/labctl\/machine\.ks$/m)
    t.equal(overlay['labctl/labctl.ks']!.mode, 0o100600)
    t.equal(overlay['labctl/bearer.header']!.mode, 0o100600)
    t.same(Object.values(overlay).filter(file => file.content.includes(machine.bearer)).map(file => file.path), ['labctl/bearer.header'])
    for (const place of ['var', 'usr']) t.equal(overlay[`${place}/lib/dracut/hooks/pre-pivot/50-labctl.sh`]!.mode, 0o100755)
    t.same(Object.keys(overlay).filter(path => /^(lib|usr)(\/|$)/.test(path)), ['usr/lib/dracut/hooks/pre-pivot/50-labctl.sh'], 'no entry for a folder that may be a link')
  })

  await t.test('is answered with the kickstart, once, and again to the same key', async t => {
    const answer = await machine.facts()
    t.match(answer, { status: 200, type: 'application/x-tar' })
    const files = await readTar(answer.body)
    t.equal(files['kind']!.text, 'kickstart\n')
    t.match(files['machine.ks']!.text, /^logvol \/ /m)
    t.match(files['machine.ks']!.text, /^ignoredisk --only-use=/m)
    t.match(JSON.parse(files['bootstrap.json']!.text), { machine: 'worker-1', bastionUrl: `https://127.0.0.1:${bastion.controlPort}` })
    t.match(JSON.parse(files['plan.json']!.text), { storage: { order: 'install' } })
    t.match(new X509Certificate(files['ca.pem']!.text).subjectAltName, /127\.0\.0\.1/)
    t.same(Object.entries(files).filter(([, { mode }]) => (mode & 0o077) !== 0), [], 'for root alone')
    t.equal((await orderOf(bastion, machine)).state, 'installing')
    t.same(await readTar((await machine.facts()).body), files, 'a lost answer is given again')
    t.match(await machine.dispatch(), /came back without finishing/)
  })

  await t.test('that failed is retried by a new boot, out of the installer too', async t => {
    t.equal((await orderOf(bastion, machine)).state, 'failed')
    const next = () => bastion.control('GET', '/api/boot/next', undefined, { authorization: `Bearer ${machine.bearer}`, 'labctl-waits': 'installer' })
    t.equal(String((await next()).body), 'wait')
    t.match(await bastion.control('POST', `/api/machines/${machine.mac}/retry`, {}), { status: 200 })
    t.equal(String((await next()).body), 'reboot')
    t.match(await machine.dispatch(), /Install fedora-43 as worker-1, attempt 2/)
  })

  await t.test('ends with the reports of its installer', async t => {
    await machine.overlay(await machine.dispatch())
    t.match(await machine.facts(), { status: 200 })
    t.match(await machine.progress('disks'), { status: 204 })
    const hintOf = async () => (await detailOf(bastion, machine)).hint
    t.equal(await hintOf(), null)
    const log = connect({ port: intake, host: '127.0.0.1' })
    t.teardown(() => log.destroy())
    log.write('<30>Nov 22 10:00:00 localhost anaconda[9]: anaconda: installation_tasks: Installing bash.x86_64 (2/4)\n')
    let hint = await hintOf()
    for (let tries = 0; tries < 300 && hint === null; tries += 1, hint = await hintOf()) await sleep(100)
    t.match(hint, { step: 'installing', text: 'package 2 of 4 is being installed', percent: 25 })
    t.match(await orderOf(bastion, machine), { state: 'installing', phase: 'disks', percent: null }, 'a hint advances nothing')
    t.notOk((await detailOf(bastion, machine)).timeline.some(({ text }) => text.includes('2 of 4')), 'and is no evidence')
    t.match(await machine.progress('packages'), { status: 204 })
    t.equal(await hintOf(), null, 'what was proved later counts more')
    for (const phase of ['configure', 'reboot']) t.match(await machine.progress(phase), { status: 204 }, phase)
    t.match(await machine.dispatch(), /worker-1 is installed/)
    const { timeline } = await detailOf(bastion, machine)
    t.ok(timeline.some(({ phase, text }) => phase === 'packages' && /packages are being installed/.test(text)))
    t.ok(timeline.some(({ phase, text }) => phase === 'configure' && text.startsWith('The packages and the boot loader are installed')), 'no image was unpacked')
    t.ok(timeline.some(({ phase, text }) => phase === 'kernel' && /installer’s initramfs/.test(text)))
  })
})

t.test('an image order out of an installer, and the other way about, go by a new boot', async t => {
  const bastion = await startBastionWithTree(t)
  const machine = new SimulatedMachine(bastion, 2)
  await machine.discover()
  t.match(await install(bastion, machine, 'worker-2', { os: 'debian-13' }), { status: 201 })
  const next = await bastion.control('GET', '/api/boot/next', undefined, { authorization: `Bearer ${machine.bearer}`, 'labctl-waits': 'installer' })
  t.equal(String(next.body), 'reboot', 'an installer can’t take a RAM disk’s overlay')
  t.match(await machine.next(), { type: 'application/x-cpio' }, 'and the RAM disk can')
})

t.test('what Anaconda can’t be told is refused as the order is given, with nothing armed', async t => {
  const volumes = [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: false }]
  const bastion = await startBastionWithTree(t, { install: { layouts: { worker: { disk: { pick: 'only' }, group: 'vg0', bootMib: 512, espMib: 256, volumes }, odd: { disk: { pick: 'only' }, group: 'vg0', bootMib: 512, espMib: 256, volumes: [...volumes.map(volume => ({ ...volume, sizeMib: 2048, minimumMib: undefined })), { name: 'data', mount: '/srv', filesystem: 'ext4', sizeMib: 1024, keep: true }] } } } })
  const machine = new SimulatedMachine(bastion, 3)
  await machine.discover()
  t.match((await install(bastion, machine, 'worker-3', { settings: { kickstart: ['skipx', 'syspurpose --role=x'] } })).json(), { refusals: [{ code: 'settings-not-here', because: /command syspurpose, which Fedora 43 does not know/ }] })
  t.match((await install(bastion, machine, 'worker-3', { settings: { keyboard: { layout: 'de', options: 'compose:ralt' } } })).json(), { refusals: [{ code: 'settings-not-here' }] }, 'settings that come with the order, too')
  t.match((await install(bastion, machine, 'worker-3', { settings: { kickstart: ['part / --size=1'] } })).json(), { refusals: [{ code: 'settings-invalid', because: /kickstart\.0: got "part"; / }] })
  t.match((await install(bastion, machine, 'worker-3', { os: 'fedora-99' })).json(), { refusals: [{ code: 'os-missing' }] })
  t.match(await install(bastion, machine, 'worker-3', { role: 'odd' }), { status: 201 })
  await bastion.control('POST', `/api/machines/${machine.mac}/cancel`)
  t.equal((await bastion.control('DELETE', '/api/os/fedora-43')).status, 204)
  t.match((await install(bastion, machine, 'worker-3')).json(), { refusals: [{ code: 'os-missing' }] })
})
