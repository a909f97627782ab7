// A new user's walk: a source is there, a machine is ordered, and what it would get is shown, as it then gets it.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { startBastionWithTree } from '../lib/bastion-with-tree.ts'
import { complaintsOf } from '../lib/ksvalidator.ts'
import { SimulatedMachine } from '../lib/loopback-bastion.ts'
import { readTar } from '../lib/read-tar.ts'
import { projectFolder } from '../house/list-sources.ts'
import { runLabctl } from './run-labctl.ts'

t.setTimeout(300_000)
const hash = `$y$j9T$${'a'.repeat(22)}$${'b'.repeat(43)}`

t.test('describe --answer shows the whole kickstart of an order, without the hashes of passwords', async t => {
  const bastion = await startBastionWithTree(t, { install: { authorizedKeys: ['ssh-ed25519 AAAA operator'] } })
  const { url, pin, token } = JSON.parse(execFileSync(process.execPath, ['bastion/main.ts', 'operator-token', 'operator', '--config', join(bastion.folder, 'bastion.yaml')], { cwd: projectFolder, encoding: 'utf8' }).trim().split('\n').at(-1)!) as Record<'url' | 'pin' | 'token', string>
  const labctl = (...argv: string[]) => runLabctl(t, argv, { env: { LABCTL_URL: url, LABCTL_PIN: pin, LABCTL_TOKEN: token } })
  const [machine, other] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  await machine.discover()
  t.match(await labctl('provision', 'describe', machine.mac, '--answer'), { code: 4, out: '', err: /has no open order\. \(no-answer\)\n.*labctl provision plan/ })
  t.equal((await bastion.control('PUT', `/api/machines/${machine.mac}/settings`, { users: [{ name: 'alice', sudo: true, passwordHash: hash }], hook: { script: '#!/bin/sh\n%end\n' } })).status, 200)
  t.match((await labctl('os', 'list')).out, /fedora-43/)
  const ordered = await labctl('provision', 'install', machine.mac, 'worker-1', '--os', 'fedora-43')
  t.equal(ordered.code, 0, ordered.err)
  const shown = await labctl('provision', 'describe', machine.mac, '--answer')
  t.equal(shown.code, 0, shown.err)
  t.equal(await complaintsOf(shown.out, 'F43', bastion.folder), null)
  t.notMatch(shown.out, hash)
  t.notMatch(shown.out, 'PLACEHOLDER')
  t.equal((await labctl('provision', 'plan', machine.mac, '--order', 'install', '-o', 'kickstart', '--os', 'fedora-43')).code, 0)
  t.match((await labctl('provision', 'plan', machine.mac, '--order', 'install', '-o', 'shell', '--os', 'fedora-43')).err, /Refused: fedora-43 is installed by Kickstart[^]*\(os-tree\)/)

  await machine.overlay(await machine.dispatch())
  const files = await readTar((await machine.facts()).body)
  t.ok(shown.out.includes(`\n${files['machine.ks']!.text.trimEnd()}\n`), 'the same commands, order and attempt')
  t.ok(files['post.sh']!.text.includes(hash))
  const shownPost = shown.out.split('\n# ---- post.sh\n')[1]!.split('\n%end\n')[0]!.trimEnd()
  t.equal(shownPost, files['post.sh']!.text.trimEnd().replace(hash, '(not shown)').replaceAll(/^(\s*)%/gm, "$1''%"))
  await other.discover()
  t.equal((await bastion.control('POST', `/api/machines/${other.mac}/rescue`, {})).status, 201)
  t.match((await labctl('provision', 'describe', other.mac, '--answer')).err, /is to rescue, which writes no system/)
})
