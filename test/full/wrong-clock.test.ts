// A machine whose clock is years off, in either direction: discovered, installed and started all the same, since nothing of it hangs on the machine's own time; and the installed system's clock is right.
import t from 'tap'
import type { MachineWish } from '../../labctl/rehearsal/machine-spec.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import { discovered, firstBooted, rehearsed } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000
const off = { 2009: '2009-01-01T00:00:00', 2040: '2040-06-01T00:00:00' }

/** Discovers and installs it, to its first boot; gives what its facts say of its clock, in seconds since 1970. */
async function installed(rehearsal: Rehearsal, wish: MachineWish, name: string) {
  const machine = rehearsal.addMachine(wish)
  await machine.powerOn()
  const { facts } = await discovered(rehearsal, machine, minutes(15))
  const { status, body } = await rehearsal.api('POST', '/api/install', { machine: machine.mac, name })
  if (status !== 201) throw new Error(JSON.stringify(body))
  const detail = await firstBooted(rehearsal, machine, minutes(40))
  return { machine, detail, clock: facts!.clock }
}

t.test('with an empty battery, the clock years behind or ahead at every start, a machine is discovered and installed, and its first boot is believed', { timeout: minutes(80) }, async t => {
  const rehearsal = await rehearsed(t)
  for (const [year, clock] of Object.entries(off)) {
    const { machine, detail, clock: { systemEpoch } } = await installed(rehearsal, { kind: 'uml', clock }, `worker-${year}`)
    t.equal(new Date(systemEpoch! * 1000).getUTCFullYear(), Number(year), 'its own time is a fact')
    t.match(detail.machine, { state: 'installed', order: { state: 'done', attempt: 1 }, alarms: 0 }, year)
    t.ok(detail.timeline.every(entry => Math.abs(entry.at - Date.now()) < minutes(60)), `${year}: the timeline has the bastion’s time`)
    await machine.powerOff()
  }
})

for (const [year, clock] of Object.entries(off)) {
  t.test(`with a clock of ${year} the installed system has the right time from its first second on, without a time server`, { timeout: minutes(80) }, async t => {
    const rehearsal = await rehearsed(t, {}, { operatorKey: true })
    const { machine, detail, clock: { rtcEpoch } } = await installed(rehearsal, { clock }, 'worker-1')
    t.equal(new Date(rtcEpoch! * 1000).getUTCFullYear(), Number(year), 'the hardware clock is a fact')
    t.match(detail.machine, { state: 'installed', order: { state: 'done', attempt: 1 }, alarms: 0 })
    await machine.waitForConsole(/worker-1 login:/, minutes(10))
    const { stdout, stderr } = await rehearsal.inside('ssh', ['-F', 'none', '-T', '-i', rehearsal.folder.operatorKey, ...['IdentitiesOnly=yes', 'BatchMode=yes', 'ConnectTimeout=60', 'LogLevel=ERROR', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap(option => ['-o', option]), `root@${detail.machine.address}`, 'date +%s; cat /sys/class/rtc/rtc0/since_epoch'], { timeoutMs: minutes(3) })
    for (const [index, seconds] of stdout.trim().split('\n').entries()) t.ok(Math.abs(Number(seconds) * 1000 - Date.now()) < minutes(5), `${['system', 'hardware'][index]} clock: ${seconds}, it is ${Date.now() / 1000}; ${stderr}`)
    t.equal(stdout.trim().split('\n').length, 2, stdout + stderr)
  })
}
