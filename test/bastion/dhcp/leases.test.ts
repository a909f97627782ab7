import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import t from 'tap'
import { Leases } from '../../../bastion/dhcp/leases.ts'
import { findLeases, parseLeases } from '../../../bastion/dhcp/parse-leases.ts'

const good = '1795247499 62:43:82:55:96:91 10.77.0.75 * *\n0 52:54:00:00:00:02 10.77.0.76 worker-1 01:52:54:00:00:00:02\n'

t.test('leases are read as dnsmasq writes them', async t => {
  t.strictSame(parseLeases(good), {
    unreadable: 0,
    leases: [{ mac: '62:43:82:55:96:91', address: '10.77.0.75', expiresAt: 1795247499000 }, { mac: '52:54:00:00:00:02', address: '10.77.0.76', expiresAt: Infinity }],
  })
})

t.test('lines that are cut, swapped or of other kinds are counted and skipped', async t => {
  const bad = ['1795247499 62:43:82:55:96:91 10.77', 'x 62:43:82:55:96:91 10.77.0.75 * *', '1795247499 ff:ff:ff:ff:ff:ff 10.77.0.75 * *', '1795247499 62:43:82:55:96:91 10.77.0.751 * *', '\u0000\u0000', '1795247499 06-aa-bb 10.77.0.3 * *']
  t.match(parseLeases(bad.join('\n') + '\n' + good), { unreadable: 6, leases: { length: 2 } })
  t.match(parseLeases(`${good}duid 00:01\n1795247499 123 fd00::1 * 00:01\n`), { unreadable: 0, leases: { length: 2 } })
  t.strictSame(parseLeases(''), { unreadable: 0, leases: [] })
})

t.test('the file is followed: missing, there, changed, gone', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-leases-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const path = join(folder, 'leases')
  const leases = new Leases(path)
  const now = 1795247000_000
  t.equal(leases.owned, true)
  t.notOk(leases.holds('10.77.0.75', ['62:43:82:55:96:91'], now), 'a missing file holds nothing')
  writeFileSync(path, good)
  t.ok(leases.holds('10.77.0.75', ['aa:aa:aa:aa:aa:aa', '62:43:82:55:96:91'], now))
  t.notOk(leases.holds('10.77.0.75', ['52:54:00:00:00:02'], now), 'another machine’s lease')
  t.notOk(leases.holds('10.77.0.75', ['62:43:82:55:96:91'], 1795247499_000), 'expired')
  t.strictSame(leases.macsOf('10.77.0.76'), ['52:54:00:00:00:02'])
  appendFileSync(path, 'garbage\n1795247499 62:43:82:55:96:91 10.77.0.80 * *\n')
  t.strictSame(leases.addressesOf('62:43:82:55:96:91'), ['10.77.0.75', '10.77.0.80'])
  t.equal(leases.unreadable, 1)
  utimesSync(path, 1, 1)
  t.equal(leases.all().length, 3)
  writeFileSync(path, '')
  utimesSync(path, 2, 2)
  t.equal(leases.all().length, 0, 'read again after a settled file changed')
  rmSync(path)
  t.strictSame(leases.macsOf('10.77.0.76'), [])
})

t.test('a lease is found by its address alone, as if all were read', async t => {
  const lines = ['1795247499 62:43:82:55:96:91 10.77.0.75 * *', '1795247499 62:43:82:55:96:92 10.77.0.7 10.77.0.75 *', '0 52:54:00:00:00:02 10.77.0.175 10.77.0.7 ff:00', '1795247499 62:43:82:55:96:93 10.77.0.75 x *', 'x 62:43:82:55:96:94 10.77.0.75 * *', '5 62:43:82:55:96:95 10.77.0.9 *']
  for (const text of [lines.join('\n'), `${lines.join('\n')}\n`, '', `${lines[0]}\nduid 00:01\n${lines[1]}\n`, `duid 00:01\n${lines[0]}\n`]) {
    for (const address of ['10.77.0.75', '10.77.0.7', '10.77.0.175', '10.77.0.9', '10.77.0.1', '*', '']) t.strictSame(findLeases(text, address), parseLeases(text).leases.filter(lease => lease.address === address), `${address} in ${text.length} characters`)
  }
})

t.test('while dnsmasq writes its file anew, nobody’s lease is lost', async t => {
  const path = join(t.testdir({}), 'leases')
  const leases = new Leases(path)
  const now = 1795247000_000
  const line = (number: number) => `1795247499 52:54:00:00:00:${number.toString(16).padStart(2, '0')} 10.77.0.${number} * *\n`
  const all = Array.from({ length: 100 }, (_, number) => line(number + 1))
  const holds = (number: number) => leases.holds(`10.77.0.${number}`, [`52:54:00:00:00:${number.toString(16).padStart(2, '0')}`], now)
  writeFileSync(path, all.join(''))
  t.ok(holds(100))
  writeFileSync(path, [line(150), ...all.slice(0, 40)].join('').slice(0, -20))
  t.ok(holds(100), 'the half that is not written yet counts as it was')
  t.ok(holds(150), 'beside the new one, which comes first')
  t.notOk(holds(151))
  writeFileSync(path, '')
  t.ok(holds(100), 'nothing of it is written yet')
  writeFileSync(path, [line(160), ...all].join(''))
  t.ok(holds(160))
  writeFileSync(path, line(7))
  utimesSync(path, 3, 3)
  t.notOk(holds(100), 'what has left the file for good is held no more')
  t.ok(holds(7))
})

t.test('half a file that is longer than the whole one before is no whole one, and a whole one is believed alone', async t => {
  const path = join(t.testdir({}), 'leases')
  const leases = new Leases(path)
  const now = 1795247000_000
  const line = (number: number) => `1795247499 52:54:00:00:00:${number.toString(16).padStart(2, '0')} 10.77.0.${number} * *\n`
  const holds = (number: number) => leases.holds(`10.77.0.${number}`, [`52:54:00:00:00:${number.toString(16).padStart(2, '0')}`], now)
  writeFileSync(path, [line(1), line(2)].join(''))
  t.ok(holds(1))
  const grown = [...Array.from({ length: 200 }, (_, number) => line(250 - number)), line(1)].join('')
  // A buffer of the C library at a time; one that ends with a line, too.
  writeFileSync(path, grown.slice(0, 4096))
  t.ok(holds(1), 'what comes last is not written yet')
  writeFileSync(path, `${' '.repeat(4096 - line(3).length)}\n${line(3)}`.slice(1))
  t.ok(holds(1), 'also where a line ends with the buffer')
  writeFileSync(path, grown)
  t.ok(holds(1))
  writeFileSync(path, line(5))
  t.notOk(holds(1), 'a whole file says who holds nothing any more, at once')
})

t.test('a file that dnsmasq has just emptied is looked at again, a moment later', async t => {
  const path = join(t.testdir({}), 'leases')
  const leases = new Leases(path)
  writeFileSync(path, '')
  const writing = spawn('sh', ['-c', 'while [ ! -e "$0.go" ]; do :; done; printf %s "$1" >"$0"', path, good])
  await once(writing, 'spawn')
  t.notOk(leases.holds('10.77.0.75', ['62:43:82:55:96:91'], 1795247000_000), 'it stays empty: nobody holds anything')
  writeFileSync(`${path}.go`, '')
  for (let tries = 0; tries < 2000; tries++) {
    if (leases.holds('10.77.0.75', ['62:43:82:55:96:91'], 1795247000_000)) break
  }
  t.ok(leases.holds('10.77.0.75', ['62:43:82:55:96:91'], 1795247000_000))
  await once(writing, 'close')
})

t.test('a lease that is always there is always held, however often dnsmasq writes its file anew', { timeout: 120_000 }, async t => {
  const path = join(t.testdir({}), 'leases')
  // As lease_update_file of dnsmasq does, without the sync: a new lease comes first, and moves all others.
  const script = String.raw`
    use IO::Handle;
    open my $file, '+>', $ARGV[0];
    $file->printf("1795247499 52:54:00:00:00:02 10.77.0.2 * *\n");
    $file->flush;
    syswrite STDOUT, "ready\n";
    my $lines = '';
    for my $number (1 .. 100000) {
      seek $file, 0, 0;
      truncate $file, 0;
      $lines = '' if length $lines > 70000;
      $lines = sprintf("1795247499 52:54:01:%02x:%02x:%02x 10.78.%d.%d * *\n", $number >> 16 & 255, $number >> 8 & 255, $number & 255, $number >> 8 & 255, $number & 255) . $lines;
      $file->print($lines . "1795247499 52:54:00:00:00:02 10.77.0.2 * *\n");
      $file->flush;
    }`
  const writing = spawn('perl', ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => { writing.kill('SIGKILL') })
  await once(writing.stdout, 'data')
  const leases = new Leases(path)
  let lost = 0
  for (const until = Date.now() + 3000; Date.now() < until;) if (!leases.holds('10.77.0.2', ['52:54:00:00:00:02'], 1795247000_000)) lost += 1
  t.equal(lost, 0)
  t.equal(writing.exitCode, null, 'it was still writing')
})

t.test('where the bastion leases nothing, nothing is held', async t => {
  const leases = new Leases(null)
  t.equal(leases.owned, false)
  t.notOk(leases.holds('10.77.0.75', ['62:43:82:55:96:91'], 0))
})
