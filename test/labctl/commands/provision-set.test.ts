import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { EffectiveSettings } from '../../../protocol/machine-settings.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'
import { sampleDetail, sampleOrder } from '../samples.ts'
import { standInBastion } from '../stand-in-bastion.ts'

const effective: EffectiveSettings = {
  role: 'worker', own: {}, from: { users: 'machine', network: 'machine', locale: 'install.settings.default', hook: 'machine', kernelArguments: 'ramdisk.arguments', tlsCa: 'machine', keyboard: 'machine', proxy: 'machine' },
  settings: {
    users: [{ name: 'alice', sudo: true, sshKeys: ['ssh-ed25519 A'], passwordHash: '(not shown)' }, { name: 'bob' }], locale: 'de_DE.UTF-8', hook: { script: '#!/bin/sh\ntrue' }, kernelArguments: [], tlsCa: ['x'],
    network: { cards: [{ mac: '52:54:00:12:34:56', addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }], bonds: [{ name: 'bond0', mode: '802.3ad', members: ['a', 'b'].map(end => `52:54:00:12:34:5${end}`), dhcp: true }], vlans: [{ id: 10, on: 'bond0', addresses: ['10.1.0.5/24'] }] },
    keyboard: { layout: 'de', variant: 'nodeadkeys' }, proxy: { http: 'http://proxy.example:3128' },
  },
}

t.test('set sends what the file holds, and shows what counts and where it comes from', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('settings', () => ({ body: effective }))
  const file = join(t.testdir(), 'settings.yaml')
  writeFileSync(file, 'users: [{ name: alice, sudo: true, sshKeys: [ssh-ed25519 A] }]\nlocale: de_DE.UTF-8\n')
  const { code, out } = await runLabctl(t, ['provision', 'set', 'x', '--file', file], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.same(bastion.bodies, [['settings', { users: [{ name: 'alice', sudo: true, sshKeys: ['ssh-ed25519 A'] }], locale: 'de_DE.UTF-8' }]])
  for (const wanted of [
    /users +alice \(sudo\), 1 key\(s\), a password; bob, 0 key\(s\) +machine/, /network +52:54:00:12:34:56 10\.0\.0\.5\/24 via 10\.0\.0\.1; bond0 \(802\.3ad of .*\) DHCP; vlan10 on bond0 10\.1\.0\.5\/24 +machine/,
    /locale +de_DE\.UTF-8 +install\.settings\.default/, /hook +2 lines, at most 600 s/, /kernelArguments +none +ramdisk\.arguments/, /tlsCa +1 certificate\(s\)/, /keyboard +de nodeadkeys/, /proxy +http:\/\/proxy\.example:3128/, /from the next install or reprovision of x on, in the role worker/,
  ]) t.match(out, wanted)
  t.equal((await runLabctl(t, ['provision', 'set', 'x', '--clear'], { env: pointAt(bastion) })).code, 0)
  t.same(bastion.bodies.at(-1), ['settings', {}])
})

t.test('a file that is none is refused with every place, before anything is sent', async t => {
  const bastion = await standInBastion(t)
  const folder = t.testdir({ 'wrong.yaml': 'users: [{ name: "a b", sudo: yes please }]\nlocal: x\n', 'broken.yaml': 'users: [\n' })
  const wrong = await runLabctl(t, ['provision', 'set', 'x', '--file', join(folder, 'wrong.yaml')], { env: pointAt(bastion) })
  t.equal(wrong.code, 2)
  for (const wanted of [/users\.0\.name: /, /users\.0\.sudo: /, /\(local\)/, /docs\/settings\.md/]) t.match(wrong.err, wanted)
  t.match((await runLabctl(t, ['provision', 'set', 'x', '--file', join(folder, 'broken.yaml')], { env: pointAt(bastion) })).err, /neither YAML nor JSON/)
  t.match((await runLabctl(t, ['provision', 'set', 'x', '--file', join(folder, 'none.yaml')], { env: pointAt(bastion) })).err, /cannot be read/)
  t.match((await runLabctl(t, ['provision', 'set', 'x'], { env: pointAt(bastion) })).err, /--file FILE and --clear/)
  t.same(bastion.asked, [])
})

t.test('install takes the settings with the order, and describe shows them', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('install', () => ({ status: 201, body: sampleOrder() }))
  bastion.answers.set('machine', () => ({ body: sampleDetail({ settings: effective }) }))
  const file = join(t.testdir(), 'settings.json')
  writeFileSync(file, '{"timezone":"Europe/Berlin"}')
  t.equal((await runLabctl(t, ['provision', 'install', 'x', 'worker-1', '--settings', file], { env: pointAt(bastion) })).code, 0)
  t.same(bastion.bodies, [['install', { machine: 'x', name: 'worker-1', settings: { timezone: 'Europe/Berlin' } }]])
  const { out } = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })
  t.match(out, /Settings of its next system, in the role worker\n(.*\n){2}.*network/)
})
