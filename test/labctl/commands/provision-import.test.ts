// labctl provision import and label, as an operator types them, against the real control plane.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startInnerBastion } from '../../lib/inner-bastion.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { runLabctl } from '../run-labctl.ts'

async function lab(t: Test) {
  const bastion = await startInnerBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  const env = { LABCTL_URL: `https://127.0.0.1:${bastion.controlPort}`, LABCTL_PIN: bastion.room.pins[0]!, LABCTL_TOKEN: bastion.token }
  const write = (name: string, content: string | Buffer) => { writeFileSync(join(bastion.folder, name), content); return join(bastion.folder, name) }
  return { bastion, machine, write, labctl: (...argv: string[]) => runLabctl(t, ['provision', ...argv], { env }) }
}

t.setTimeout(300_000)

t.test('a CSV is shown, taken, and taken again without a change; what waits is in the list', async t => {
  const { machine, write, labctl } = await lab(t)
  const file = write('rack.csv', `\ufeffmac;serial;name;label.rack;address;gateway\r\n${machine.mac};;worker-1;3;10.0.0.5/24;10.0.0.1\r\n;NOT-YET;worker-2;3;;\r\n`)
  const dry = await labctl('import', file, '--dry-run')
  t.equal(dry.code, 0, dry.err)
  t.match(dry.out, /LINE +MACHINE +WHAT +WAS +WOULD BE[^]*2 +worker-1 +name +- +worker-1[^]*label rack +- +3[^]*setting network +- +.*10\.0\.0\.5[^]*3 +worker-2 \(never seen\) +name[^]*Nothing was changed: 2 machine\(s\): 2 would change[^]*For 1 never seen it would wait/)
  t.notMatch((await labctl('list')).out, /worker-1/)
  t.match((await labctl('import', file)).out, /Imported: 2 machine\(s\): 2 changed, 0 are so already/)
  t.match((await labctl('list')).out, /LABELS[^]*worker-1 +discovered[^]*rack=3[^]*worker-2 +expected[^]*rack=3/)
  t.match((await labctl('import', file)).out, /Nothing to change: 2 machine\(s\): 0 changed, 2 are so already/)
  t.match((await labctl('describe', 'worker-1')).out, /labels +rack=3[^]*network +52:54:00:00:00:01 10\.0\.0\.5\/24 via 10\.0\.0\.1 +machine/)
  const ordered = await labctl('install', 'worker-1')
  t.equal(ordered.code, 0, ordered.err)
  t.match(ordered.out, /Armed: install debian-13 on worker-1 as worker-1/)
  t.match((await labctl('plan', 'worker-2')).err, /worker-2 was never seen: what was imported waits for it/)
  const waiting = await labctl('describe', 'NOT-YET')
  t.equal(waiting.code, 0, waiting.err)
  t.match(waiting.out, /worker-2[^]*expected[^]*serial +NOT-YET/)
  t.equal((await labctl('forget', 'worker-2', '--yes')).code, 0)
  t.equal((await labctl('describe', 'worker-2')).code, 3)
})

t.test('mistakes of the file and of what it says are told together, by line; nothing is imported, and the exit code says so', async t => {
  const { machine, write, labctl, bastion } = await lab(t)
  t.match((await labctl('install', machine.mac)).err, /has no name yet, and none was given/)
  const wrong = await labctl('import', write('wrong.csv', `mac,name,role\n${machine.mac},worker-1,nobody\n52:54:00:00:00:02,=A1,\n52:54:00:00:00:03,Not_A_Name,\n`))
  t.equal(wrong.code, 4)
  t.match(wrong.err, /has 3 mistakes; nothing was imported[^]*line 2: role: there is no layout for the role "nobody"[^]*line 3: name: .*formula[^]*line 4: name: "Not_A_Name"[^]*Correct the file/)
  t.same([bastion.room.expected.list(), bastion.room.machines.list()[0]?.name], [[], null])
  t.equal((await labctl('import', write('x.xlsx', 'PK'))).code, 2)
  t.match((await labctl('import', write('empty.csv', '# nothing\n'))).err, /names no machine/)
  t.match((await labctl('import', join(bastion.folder, 'none.csv'))).err, /cannot be read/)
  t.match((await labctl('import', write('latin.csv', Buffer.from('mac,name\n1,\xe4\n', 'latin1')))).err, /not text in UTF-8[^]*iconv/)
  t.match((await labctl('import', write('utf16.csv', Buffer.from(`\ufeffmac\tname\n${machine.mac}\tworker-1\n`, 'utf16le')), '--dry-run')).out, /worker-1/)
})

t.test('YAML with settings is taken, and -o json gives all that changed', async t => {
  const { machine, write, labctl } = await lab(t)
  const file = write('lab.yaml', `- serial: ${machine.serial}\n  name: worker-1\n  labels: { rack: "3" }\n  settings:\n    users: [{ name: alice, sudo: true, sshKeys: [ssh-ed25519 AAAA], passwordHash: "$y$j9T$abcdefghijklmnopqrstuv$ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg" }]\n`)
  const taken = await labctl('import', file, '-o', 'json')
  t.equal(taken.code, 0, taken.err)
  t.match(JSON.parse(taken.out), { dryRun: false, rows: [{ line: 1, machine: 'worker-1', seen: true, changes: [{ what: 'name' }, { what: 'label rack' }, { what: 'setting users', is: /alice/ }] }] })
  t.notMatch(taken.out, 'j9T', 'no hash is shown')
})

t.test('labels are set and taken away, and choose in the list; as a table, in JSON and in YAML', async t => {
  const { machine, labctl } = await lab(t)
  t.match((await labctl('label', machine.serial, 'rack=3', 'spare=')).out, /Labelled: 52:54:00:00:00:01[^]*Its labels: rack=3, spare=/)
  t.match((await labctl('label', machine.mac, 'spare-', 'rack=4')).out, /Its labels: rack=4$/m)
  t.match((await labctl('label', machine.mac, 'rack=4')).out, /nothing was changed/)
  t.match((await labctl('list', '--label', 'rack=4', '--label', '!spare')).out, machine.mac)
  t.match((await labctl('list', '-l', 'rack=3')).out, /No machine has the label rack=3/)
  t.match(JSON.parse((await labctl('list', '-l', 'rack', '-o', 'json')).out), { machines: [{ labels: { rack: '4' } }] })
  t.match((await labctl('describe', machine.mac, '-o', 'yaml')).out, /labels:\n +rack: "4"/)
  for (const [argv, code] of [[['label', machine.mac, 'rack'], 2], [['label', machine.mac, 'a b=c'], 2], [['label', 'nobody', 'a=b'], 3], [['label', machine.mac], 2], [['list', '-l', '='], 2]] as const) t.equal((await labctl(...argv)).code, code, argv.join(' '))
})
