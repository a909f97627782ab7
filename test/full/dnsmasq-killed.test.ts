// kill -9 of dnsmasq at moments of a boot, and ten times in a row: it comes back, it shows, and the machine arrives.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { leaseFilesOf, startDhcp } from '../../bastion/dhcp/start-dhcp.ts'
import { Events } from '../../bastion/platform/events.ts'
import { dhcpConfig } from '../lib/dhcp-config.ts'
import { leaseAddress, offersTo } from '../lib/lease-address.ts'
import { ownNetwork, plugMachine } from '../lib/own-network.ts'

await ownNetwork(import.meta.url)
const asker = (number: number) => ({ mac: `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`, architecture: 7, vendorClass: 'PXEClient:Arch:00007' })
const program = readFileSync('/usr/lib/ipxe/snponly.efi')

t.test('a machine whose dnsmasq is killed on the way arrives, and after ten times in a row too', { timeout: 600_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-killed-'))
  const machine = await plugMachine('boot0', '10.77.0.1/24')
  const events = new Events(error => { throw error })
  const pids: number[] = []
  const deaths: string[] = []
  events.subscribe(event => {
    if (event.kind !== 'child') return
    if (event.state === 'started') pids.push(Number(/process (\d+)/.exec(event.text)![1]))
    if (event.state === 'died') deaths.push(event.text)
  })
  const dhcp = await startDhcp({ config: dhcpConfig(), stateDirectory: folder, bootUrl: 'http://10.77.0.1:8080', events, journal: pino({ level: 'silent' }), probeMs: 100 })
  t.teardown(async () => {
    await dhcp.stop(2000)
    await machine.end()
    rmSync(folder, { recursive: true })
  })
  const kill = () => { process.kill(pids.at(-1)!, 'SIGKILL') }
  /** Kills it; gives how long it was until the next one runs. */
  const killed = async () => {
    const [before, began] = [pids.length, Date.now()]
    kill()
    while (deaths.length < before) await sleep(5)
    t.match(dhcp.status(), { running: false, because: /dnsmasq died: .*SIGKILL/ }, 'its death shows')
    while (pids.length === before) await sleep(5)
    t.match(dhcp.status(), { running: true, because: null }, 'and goes once it is back')
    return Date.now() - began
  }
  /** Firmware asks again and again. */
  const leased = async (number: number) => {
    for (let tries = 0; tries < 30; tries += 1) {
      const found = await leaseAddress(machine, asker(number))
      if (found !== null) return found.yourAddress
    }
    return null
  }
  const fetch = (copy: string, ...more: string[]) => spawn(machine.enter[0]!, [...machine.enter.slice(1), 'curl', '--silent', '--fail', '--max-time', '60', ...more, '--output', copy, 'tftp://10.77.0.1/snponly.efi'], { stdio: 'ignore' })
  const fetched = async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      const copy = join(folder, `copy${tries}`)
      const [code] = await once(fetch(copy), 'close') as [number]
      if (code === 0) return readFileSync(copy).equals(program)
    }
    return false
  }

  t.equal((await offersTo(machine, asker(1))).length, 1, 'an address is offered')
  await killed()
  const first = await leased(1)
  t.ok(first, 'killed between offer and request: the machine is leased an address')
  await killed()
  t.ok(dhcp.leases.holds(first!, [asker(1).mac], Date.now()), 'killed after the lease: it stands')
  t.equal(await leased(1), first, 'and the machine gets the same address again')

  await machine.run('ip', 'address', 'add', `${first}/24`, 'dev', machine.interface)
  // Small blocks make it a thousand round trips: long enough to be cut in the middle.
  const cut = fetch(join(folder, 'cut'), '--tftp-blksize', '8', '--max-time', '20')
  await sleep(500)
  t.equal(cut.exitCode, null, 'the transfer goes on')
  await killed()
  const [code] = await once(cut, 'close') as [number]
  t.not(code, 0, 'killed in the middle of a transfer: it ends')
  t.ok(await fetched(), 'and the next one is whole')

  appendFileSync(leaseFilesOf(folder, null).live, '17900 not a lease\n\0\u00ff half a li')
  await killed()
  t.ok(await leased(2), 'with a lease file that is damaged, others are leased addresses all the same')
  t.equal(await leased(1), first)

  const pauses: number[] = []
  for (let turn = 0; turn < 10; turn += 1) pauses.push(await killed())
  t.comment(`back after ${pauses.join(', ')} ms`)
  t.ok(pauses.every(pause => pause < 40_000), 'the pauses end at half a minute')
  t.ok(pauses.at(-1)! > pauses[0]!, 'and grow until then')
  t.equal(dhcp.status().restarts, 14)
  t.equal(await leased(1), first, 'after ten times in a row, the same address once more')
  t.ok(await leased(3), 'and a new machine is leased one')
  t.ok(await fetched())
  t.equal(dhcp.leases.unreadable, 0, 'the lease file is whole')
})
