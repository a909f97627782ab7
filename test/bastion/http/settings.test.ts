// Settings against the real daemon: set, shown, kept, given to the machine in its steps, and refused before anything is touched.
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { filesOf, installedMachine } from '../../lib/installed-machine.ts'

const hash = `$6$abcdefgh$${'a'.repeat(86)}`
const own = (mac: string) => ({
  users: [{ name: 'alice', sudo: true, sshKeys: ['ssh-ed25519 AAAA alice'], passwordHash: hash }], locale: 'de_DE.UTF-8',
  network: { cards: [{ mac, addresses: ['10.9.0.5/24'], gateway: '10.9.0.1' }] }, hook: { script: '#!/bin/sh\ntrue\n' },
})

t.test('the settings of a machine', async t => {
  const under = await installedMachine(t, { install: { settings: { default: { ntp: ['all.example'] }, worker: { searchDomains: ['worker.example'] } } } })
  const { mac } = under.machine
  const put = (settings: unknown) => under.bastion.control('PUT', '/api/machines/worker-1/settings', settings)

  await t.test('what can’t be is refused with its place, and changes nothing', async t => {
    t.match((await put({ users: [{ name: 'a b' }], nonsense: 1 })).json(), { status: 400, detail: /users\.0\.name.*nonsense|nonsense.*users\.0\.name|additional.*users\.0\.name/s })
    t.match((await put({ users: [{ name: 'alice', sudo: 'true' }] })).json(), { status: 400, detail: /users\.0\.sudo/ }, 'nothing is made of a text')
    t.match((await put({ timezone: 'Europe/Nowhere' })).json(), { status: 409, refusals: [{ code: 'settings-invalid' }] })
    const plain = await put({ users: [{ name: 'alice', passwordHash: 'hunter2' }] })
    t.match(plain.json(), { status: 409, refusals: [{ because: /users\.0\.passwordHash/ }] })
    t.notMatch(plain.body.toString(), /hunter2/)
    t.match((await put(own('52:54:00:00:00:77'))).json(), { status: 409, refusals: [{ code: 'settings-nic-missing' }] })
    t.same((await under.detail()).settings!.own, {})
  })

  await t.test('they are shown with where each comes from, and without the password’s hash', async t => {
    t.equal((await put(own(mac))).status, 200)
    const { settings, timeline } = await under.detail()
    t.match(settings, { role: 'worker', from: { users: 'machine', network: 'machine', ntp: 'install.settings.default', searchDomains: 'install.settings.worker', timezone: 'install.timezone' }, settings: { ntp: ['all.example'], locale: 'de_DE.UTF-8' } })
    t.match(timeline.at(-1), { phase: 'operator', text: 'admin set the settings of worker-1: users, network, locale, hook.' })
    t.notMatch(JSON.stringify(await under.detail()), /\$6\$/)
    t.notMatch((await under.bastion.control('POST', '/api/plan', { machine: mac, order: 'reprovision', face: 'shell' })).body.toString(), /\$6\$/)
  })

  await t.test('a reprovision gives them to the machine, and they stay', async t => {
    await under.reprovision()
    const given = await under.boot()
    const { 'steps.sh': steps = '' } = await filesOf(given)
    for (const wanted of [/Address=10\.9\.0\.5\/24\nGateway=10\.9\.0\.1/, /useradd .*'alice'/, new RegExp(hash.replaceAll('$', '\\$')), /alice ALL=\(ALL:ALL\) ALL/, /server all\.example iburst/, /Domains=worker\.example/, /locale-gen/, /labctl-hook\.log/]) t.match(steps, wanted)
    await under.obey(given)
    t.match((await under.detail()).settings!.own, { locale: 'de_DE.UTF-8' })
  })

  await t.test('settings that the machine can’t have any more when it asks fail its order, with nothing touched', async t => {
    t.equal((await put({})).status, 200)
    await under.reprovision()
    await under.bastion.stop()
    const path = `${under.bastion.folder}/bastion.yaml`
    const config = parse(readFileSync(path, 'utf8')) as { install: { settings: Record<string, object> } }
    config.install.settings['worker'] = { network: { cards: [{ mac: '52:54:00:00:00:66', dhcp: true }] } }
    writeFileSync(path, stringify(config))
    await under.bastion.start()
    t.match((await under.boot()).json(), { status: 409, refusals: [{ code: 'settings-nic-missing' }] })
    t.match((await under.detail()).machine.order, { state: 'failed', because: /^Nothing was touched\. The settings name the card 52:54:00:00:00:66/ })
  })
})

t.test('settings that come with an order are kept only if the order is taken', async t => {
  const under = await installedMachine(t)
  const request = { machine: under.machine.mac, name: 'worker-1', wipe: [] as string[], settings: { ntp: ['ordered.example'] } }
  t.match((await under.post('/api/install', request)).json(), { refusals: [{ code: 'machine-installed' }] })
  t.same((await under.detail()).settings!.own, {})
  t.match((await under.post('/api/install', { ...request, settings: { timezone: 'Europe/Nowhere' }, wipe: ['disk-SN-1'] })).json(), { refusals: [{ code: 'settings-invalid' }] })
  t.same((await under.detail()).settings!.own, {})
  t.equal((await under.post('/api/install', { ...request, wipe: ['disk-SN-1'] })).status, 201)
  t.match((await under.detail()).settings, { own: { ntp: ['ordered.example'] }, from: { ntp: 'machine' } })
})
