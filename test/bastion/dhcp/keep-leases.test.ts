import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { keepLeases, restoreLeases } from '../../../bastion/dhcp/keep-leases.ts'
import { Leases } from '../../../bastion/dhcp/leases.ts'

const line = (last: number): string => `1795247499 52:54:00:00:00:${String(last).padStart(2, '0')} 10.77.0.${last} * *\n`
const silent = pino({ level: 'silent' })

function folders(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-keep-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  for (const name of ['run', 'state']) mkdirSync(join(folder, name))
  return { live: join(folder, 'run/dnsmasq.leases'), kept: join(folder, 'state/dnsmasq.leases') }
}

async function until(test: () => boolean): Promise<void> {
  for (let tries = 0; !test(); tries += 1) {
    if (tries > 100) throw new Error('It did not come to that within 10 s.')
    await sleep(100)
  }
}

t.test('what dnsmasq writes into memory is on disk a second later, and after the end to the last line', async t => {
  const files = folders(t)
  const end = keepLeases(files, new Leases(files.live), silent)
  t.notOk(existsSync(files.kept), 'nothing yet')
  writeFileSync(files.live, line(50))
  await until(() => existsSync(files.kept) && readFileSync(files.kept, 'utf8') === line(50))
  t.equal(statSync(files.kept).mode & 0o777, 0o600)
  writeFileSync(files.live, line(50) + line(51))
  end()
  t.equal(readFileSync(files.kept, 'utf8'), line(50) + line(51))
  writeFileSync(files.live, line(52))
  await sleep(1500)
  t.equal(readFileSync(files.kept, 'utf8'), line(50) + line(51), 'it has ended')
})

t.test('a file that is half written is not taken for what was leased', async t => {
  const files = folders(t)
  writeFileSync(files.live, line(50))
  const leases = new Leases(files.live)
  const end = keepLeases(files, leases, silent)
  await until(() => existsSync(files.kept))
  writeFileSync(files.live, '')
  end()
  t.equal(readFileSync(files.kept, 'utf8'), line(50))
})

t.test('after a restart of the host the leases are there again; after one of the bastion the live ones stay', async t => {
  const files = folders(t)
  restoreLeases(files)
  t.notOk(existsSync(files.live), 'nothing was ever kept')
  writeFileSync(files.kept, line(50))
  rmSync(join(files.live, '..'), { recursive: true })
  restoreLeases(files)
  t.ok(new Leases(files.live).holds('10.77.0.50', ['52:54:00:00:00:50'], 1795247000_000))
  writeFileSync(files.live, line(51))
  restoreLeases(files)
  t.equal(readFileSync(files.live, 'utf8'), line(51))
  utimesSync(files.live, 1_000_000, 1_000_000)
  restoreLeases(files)
  t.equal(readFileSync(files.live, 'utf8'), line(50), 'what was leased without memory since is newer')
})

t.test('a live file that somebody takes away does not empty the copy', async t => {
  const files = folders(t)
  writeFileSync(files.live, line(50))
  const end = keepLeases(files, new Leases(files.live), silent)
  await until(() => existsSync(files.kept))
  rmSync(files.live)
  end()
  t.equal(readFileSync(files.kept, 'utf8'), line(50))
})

t.test('with no folder in memory nothing is copied', async t => {
  const { live } = folders(t)
  writeFileSync(live, line(50))
  restoreLeases({ live, kept: live })
  keepLeases({ live, kept: live }, new Leases(live), silent)()
  t.equal(readFileSync(live, 'utf8'), line(50))
})

t.test('what cannot be copied is told once, and copied when it can be', async t => {
  const files = folders(t)
  const told: string[] = []
  const journal = pino({ level: 'error' }, { write: text => { told.push(text) } })
  // A folder in its place: root may write everywhere else.
  mkdirSync(join(files.kept, 'in the way'), { recursive: true })
  t.throws(() => keepLeases(files, new Leases(files.live), journal), { code: 'EISDIR' }, 'what was kept cannot be read: that is told at the start')
  rmSync(files.kept, { recursive: true })
  const end = keepLeases(files, new Leases(files.live), journal)
  mkdirSync(join(files.kept, 'in the way'), { recursive: true })
  writeFileSync(files.live, line(50))
  await until(() => told.length > 0)
  await sleep(2500)
  t.equal(told.length, 1)
  t.match(told[0], /leases could not be copied/)
  rmSync(files.kept, { recursive: true })
  await until(() => existsSync(files.kept))
  end()
  t.equal(readFileSync(files.kept, 'utf8'), line(50))
})
