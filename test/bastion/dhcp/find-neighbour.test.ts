import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findNeighbour } from '../../../bastion/dhcp/find-neighbour.ts'

t.test('the MAC of an address is read from the kernel’s table, on that interface alone; an entry without an answer is none', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-arp-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  const table = join(folder, 'arp')
  writeFileSync(table, `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.50       0x1         0x2         52:54:00:00:00:01     *        br0
10.77.0.51       0x1         0x0         00:00:00:00:00:00     *        br0
10.77.0.52       0x1         0x2         52:54:00:00:00:03     *        eth0
`)
  t.equal(findNeighbour('10.77.0.50', 'br0', table), '52:54:00:00:00:01')
  t.equal(findNeighbour('10.77.0.51', 'br0', table), null)
  t.equal(findNeighbour('10.77.0.52', 'br0', table), null)
  t.equal(findNeighbour('10.77.0.5', 'br0', table), null)
  t.equal(findNeighbour('10.77.0.50', 'lo'), null)
})
