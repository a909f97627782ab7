// A rack whose power comes back: thirty machines at once, from the first DHCP packet to waiting for an order, against the real bastion and its real dnsmasq.
import t from 'tap'
import { ownNetwork } from '../../lib/own-network.ts'
import { identityOf } from '../../storm/machine-report.ts'
import { runStorm, type StormResult } from '../../storm/run-storm.ts'
import { standInRamdisk } from '../../storm/stand-in-ramdisk.ts'

await ownNetwork(import.meta.url)
t.setTimeout(300_000)
const count = 30
let storm: StormResult

t.before(async () => {
  storm = await runStorm({ count, spreadMs: 0, deadlineMs: 120_000, waitMs: 500, ramdisk: standInRamdisk(`${t.testdir({})}/ramdisk`, { vmlinuz: 2_000_000, 'ramdisk.img': 4_000_000 }) })
})
t.teardown(() => storm.stop())

t.test('every machine of a rack that starts at once comes through, and none needed a second boot', async t => {
  t.strictSame(storm.boots.filter(({ failed }) => failed !== null), [])
  for (const { bytes } of storm.boots) t.ok(bytes > 6_000_000, `the kernel, the RAM disk and the boot program were fetched whole (${bytes} bytes)`)
  t.strictSame(storm.boots.reduce((sum, { again }) => sum + (again['script'] ?? 0) + (again['facts'] ?? 0) + (again['waiting'] ?? 0), 0), 0, 'and the bastion put nobody off')
})

t.test('each of them is discovered once, and gives no alarm', async t => {
  t.strictSame(storm.machines.map(({ macs }) => macs[0]).toSorted(), Array.from({ length: count }, (_, number) => identityOf(number).mac).toSorted())
  t.strictSame(storm.machines.filter(({ alarms, state }) => alarms > 0 || state !== 'discovered'), [])
  t.notMatch(storm.log, /"level":[56]0/, 'nothing failed inside')
})

t.test('its timeline has every step', async t => {
  for (const { id, macs } of storm.machines) {
    const { timeline } = await storm.ask(`/api/machines/${id}/timeline`) as { timeline: { phase: string, text: string, detail: { what?: string } | null }[] }
    const steps = timeline.filter(({ phase }) => phase !== 'dhcp').map(({ phase, detail }) => detail?.what === undefined || phase === 'dispatched' ? phase : `${phase} ${detail.what}`)
    t.strictSame(steps.toSorted(), ['tftp sent', 'fetch fetched', 'dispatched', 'fetch fetched', 'fetch fetched', 'kernel', 'ramdisk', 'facts'].toSorted(), String(macs[0]))
    const told = timeline.filter(({ detail }) => detail?.what === 'boot-file').map(({ text }) => text.replace(/.*[ /]/, ''))
    t.ok(told.includes('boot.ipxe') && (told.includes('undionly.kpxe') || told.includes('snponly.efi')), `the firmware and iPXE were each told what to boot: ${told.join(', ')}`)
  }
})
