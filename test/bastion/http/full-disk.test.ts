import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'

t.test('a full disk on the bastion is said to machines and operators, loses nothing, and is over when there is room', async t => {
  const bastion = await startLoopbackBastion(t, {}, true)
  const first = new SimulatedMachine(bastion, 1)
  t.equal((await first.discover()).status, 200)
  const second = new SimulatedMachine(bastion, 2)
  const script = await second.dispatch()
  await second.overlay(script)

  const seen = async (name: string) => { while (!existsSync(join(bastion.folder, name))) await delay(50) }
  writeFileSync(join(bastion.folder, 'fill'), '')
  await seen('full')
  // What SQLite has allocated already takes some writes still; then nothing goes any more.
  let refused = ''
  for (let tries = 0; tries < 5000 && refused === ''; tries += 1) {
    const { status, text } = await bastion.boot(`/dispatch?mac=52:54:00:00:01:${(tries % 256).toString(16).padStart(2, '0')}&buildarch=x86_64&platform=pcbios`)
    t.equal(status === 200 && text.startsWith('#!ipxe\n'), true, 'firmware gets a valid script all the same')
    if (/REFUSED/.test(text)) refused = text
  }
  t.match(refused, /REFUSED\. .*(disk|space|failed inside)/i)
  const facts = await second.facts()
  t.equal(facts.status, 507)
  t.match(facts.json(), { code: 'BST_DISK_FULL', nextStep: /[Ff]ree/ })

  writeFileSync(join(bastion.folder, 'free'), '')
  await seen('freed')
  t.equal((await second.facts()).status, 200, 'the same report is taken now')
  t.match(await first.dispatch(), /known and has no order/, 'and the first machine is still known')
  t.equal(await bastion.stop(), 0)
})
