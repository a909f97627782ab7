// Discovery by an installation tree's installer, over the real planes: dispatch, overlay, report, and the local disk after it. There is no RAM disk, until the last part.
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseIpxeScript } from '../../../labctl/rehearsal/uml/parse-ipxe-script.ts'
import { startBastionWithTree } from '../../lib/bastion-with-tree.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { readTar } from '../../lib/read-tar.ts'
import { unpackCpio } from '../../lib/unpack-cpio.ts'

interface Detail { machine: { state: string, order: { state: string } | null }, timeline: { phase: string, text: string }[] }

t.test('discovery by an installer', async t => {
  const bastion = await startBastionWithTree(t, { discovery: { by: 'kickstart', os: 'fedora-43' }, boot: { afterFailure: 'wait' }, install: { authorizedKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ operator'] } })
  const away = join(bastion.folder, 'away')
  mkdirSync(away)
  for (const name of ['vmlinuz', 'ramdisk.img', 'manifest.json']) renameSync(join(bastion.folder, 'ramdisk', name), join(away, name))
  const [machine, other] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  const detailOf = async (one: SimulatedMachine) => (await bastion.control('GET', `/api/machines/${one.mac}`)).json() as unknown as Detail
  const order = (path: string, body: object = {}) => bastion.control('POST', path, body)
  const nextInInstaller = async (one: SimulatedMachine) => String((await bastion.control('GET', '/api/boot/next', undefined, { authorization: `Bearer ${one.bearer}`, 'labctl-waits': 'installer' })).body)
  const overlayOf = async (one: SimulatedMachine, script: string) => {
    const { text } = await one.overlay(script)
    const files = Object.fromEntries(unpackCpio(Buffer.from(text)).map(file => [file.path, file]))
    return { files, kickstart: files['labctl/labctl.ks']?.content.toString() ?? '', env: files['labctl/overlay.env']!.content.toString() }
  }
  const report = async (one: SimulatedMachine) => one.say('POST', '/api/discover', await one.report(), 'application/x-tar')
  let script = ''

  await t.test('is healthy without a RAM disk', async t => {
    t.match(await bastion.control('GET', '/health/ready'), { status: 200 })
  })

  await t.test('gives a machine that nobody knows the installer of that tree, and no secret on its kernel line', async t => {
    script = await machine.dispatch()
    t.ok(parseIpxeScript(script).lines.length > 4)
    t.match(script, /Never seen: discover it/)
    const kernel = script.split('\n').find(line => line.startsWith('kernel '))!
    for (const part of [`/os/fedora-43/tree/images/pxeboot/vmlinuz `, 'inst.ks=file:/labctl/labctl.ks ', 'labctl.mac=${netX/mac} ']) t.ok(kernel.includes(part), part)
    t.notOk(kernel.includes(/\/boot\/([^/]+)\/overlay\.cpio/.exec(script)![1]!), 'the ticket is on no kernel line')
    t.notMatch(script, /ramdisk/)
  })

  await t.test('gives an overlay whose kickstart only reports, to a boot that goes to its local disk after it', async t => {
    const { files, kickstart, env } = await overlayOf(machine, script)
    t.match(kickstart, /^# Discovers a machine by the installer of fedora-43 /)
    t.notMatch(kickstart, /machine\.ks|^%post|^part |^url /m)
    t.equal(files['labctl/labctl.ks']!.mode, 0o100600)
    t.ok(files['labctl/kickstart-pre.sh'] !== undefined && files['var/lib/dracut/hooks/pre-pivot/50-labctl.sh'] !== undefined)
    t.match(env, /LABCTL_PURPOSE='discover'\n[^]*LABCTL_AFTERWARDS='local-disk'/)
    t.same(Object.values(files).filter(file => file.content.includes(machine.bearer)).map(file => file.path), ['labctl/bearer.header'])
  })

  await t.test('takes the report, and from then on the machine boots its disk, however often it comes: it is not discovered again', async t => {
    const answer = await report(machine)
    t.equal(answer.status, 200)
    t.equal((await readTar(answer.body))['kind']!.text, 'wait\n')
    t.equal(await nextInInstaller(machine), 'local-disk', 'and so is it told, if it asks')
    for (let tries = 0; tries < 3; tries += 1) t.match(await machine.dispatch(), /is known and has no order\. One begins with its next network boot\.\n[^]*sanboot/)
    const { machine: { state }, timeline } = await detailOf(machine)
    t.equal(state, 'discovered')
    t.same(timeline.map(({ phase }) => phase).filter(phase => phase === 'facts' || phase === 'kernel'), ['kernel', 'facts'])
    t.ok(timeline.some(({ text }) => text.startsWith('Loaded the kernel, the installer’s initramfs and its overlay') && text.endsWith('to discover.')))
  })

  await t.test('refuses, as it is ordered, what only the RAM disk does; nothing is armed', async t => {
    for (const answer of [await order(`/api/machines/${machine.mac}/rescue`), await order(`/api/machines/${machine.mac}/erase`, { disks: [{ disk: 'disk-SN-1', serial: 'disk-SN-1' }] }), await order('/api/install', { machine: machine.mac, name: 'a', os: 'debian-13' }), await order('/api/install', { machine: '52:54:00:00:00:63', name: 'b', os: 'debian-13' })]) {
      t.equal(answer.status, 409, String(answer.body))
      t.ok((answer.json()['refusals'] as { code: string }[]).some(({ code }) => code === 'ramdisk-missing'), String(answer.body))
    }
    t.equal((await detailOf(machine)).machine.order, null)
  })

  await t.test('an order for an installation tree begins with the next network boot, and ends with the local disk', async t => {
    t.match(await order('/api/install', { machine: machine.mac, name: 'worker-1', os: 'fedora-43' }), { status: 201 })
    t.ok((await detailOf(machine)).timeline.some(({ text }) => /ordered: install fedora-43 as worker-1.*It begins with the machine’s next network boot\.$/.test(text)), 'and the timeline says so')
    const { kickstart, env } = await overlayOf(machine, await machine.dispatch())
    t.match(kickstart, /^# Installs fedora-43 [^]*^%include \/run\/labctl\/machine\.ks$/m)
    t.match(env, /LABCTL_PURPOSE='install'/)
    t.equal((await readTar((await machine.facts()).body))['kind']!.text, 'kickstart\n')
    for (const phase of ['disks', 'configure', 'reboot']) t.match(await machine.progress(phase), { status: 204 }, phase)
    t.match(await machine.dispatch(), /worker-1 is installed[^]*sanboot/)
  })

  await t.test('an order that was given before its machine was seen goes on at once: the machine asks after its report, and starts anew', async t => {
    t.match(await order('/api/install', { machine: other.mac, name: 'worker-2', os: 'fedora-43', identity: { serial: other.serial, disks: ['disk-SN-2'] } }), { status: 201 })
    const { env, kickstart } = await overlayOf(other, await other.dispatch())
    t.match(env, /LABCTL_AFTERWARDS='wait'/)
    t.match(kickstart, /^# Discovers/)
    t.equal((await report(other)).status, 200)
    t.equal(await nextInInstaller(other), 'reboot')
    t.match(await other.dispatch(), /Install fedora-43 as worker-2, attempt 1/)
  })

  await t.test('where there is a RAM disk as well, it rescues, and a machine whose installation failed waits in it', async t => {
    await overlayOf(other, await other.dispatch())
    t.equal((await readTar((await other.facts()).body))['kind']!.text, 'kickstart\n')
    t.match(await other.progress('failed', { message: 'no room' }), { status: 204 })
    t.match(await other.dispatch(), /no room[^]*sanboot/, 'without one it boots its disk')
    for (const name of ['vmlinuz', 'ramdisk.img', 'manifest.json']) renameSync(join(away, name), join(bastion.folder, 'ramdisk', name))
    const { env, kickstart } = await overlayOf(other, await other.dispatch())
    t.match(env, /LABCTL_PURPOSE='discover'\n[^]*LABCTL_AFTERWARDS='wait'/)
    t.equal(kickstart, '', 'and the installer discovers no machine that is known')
    t.match(await order(`/api/machines/${machine.mac}/rescue`), { status: 201 })
    t.match(await machine.dispatch(), /Rescue worker-1[^]*\/ramdisk\/vmlinuz/)
    t.match(await order(`/api/machines/${machine.mac}/cancel`), { status: 200 })
  })

  await t.test('where the RAM disk is gone meanwhile, a task is not armed again', async t => {
    t.match(await order(`/api/machines/${machine.mac}/erase`, { disks: [{ disk: 'disk-SN-1', serial: 'disk-SN-1' }] }), { status: 201 })
    await machine.overlay(await machine.dispatch())
    t.match(await machine.facts(), { status: 200 })
    t.match(await machine.progress('failed', { message: 'stopped while erasing' }), { status: 204 })
    const manifest = [join(bastion.folder, 'ramdisk/manifest.json'), join(away, 'manifest.json')] as const
    renameSync(...manifest)
    t.match((await order(`/api/machines/${machine.mac}/retry`)).json(), { refusals: [{ code: 'ramdisk-missing' }] })
    t.match((await detailOf(machine)).machine.order, { state: 'failed' })
    renameSync(manifest[1], manifest[0])
    t.match(await order(`/api/machines/${machine.mac}/retry`), { status: 200 })
    t.match(await order(`/api/machines/${machine.mac}/cancel`), { status: 200 })
  })

  await t.test('where the tree is gone, the machines that are known boot on, and health says what is missing', async t => {
    t.equal((await bastion.control('DELETE', '/api/os/fedora-43')).status, 204)
    t.match(await new SimulatedMachine(bastion, 3).dispatch(), /REFUSED\. The installation tree fedora-43, whose installer discovers machines, is not there/)
    t.match(await machine.dispatch(), /worker-1 is installed[^]*sanboot/)
    const health = await bastion.control('GET', '/health/ready')
    t.match({ status: health.status, body: health.json() }, { status: 503, body: { failing: [{ name: 'discovery', because: /installer of fedora-43 \(discovery\.os\), which is not here/ }] } })
  })
})
