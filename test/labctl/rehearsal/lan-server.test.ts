import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rehearsalConfig } from '../../../labctl/rehearsal/rehearsal-config.ts'
import { startRehearsal } from '../../../labctl/rehearsal/start-rehearsal.ts'
import { runLabctl } from '../run-labctl.ts'

const folder = mkdtempSync('/var/tmp/labctl-test-')
t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })

t.test('a rehearsal of proxyDHCP has another server that leases addresses and says nothing about booting', async t => {
  const rehearsal = await startRehearsal({ directory: join(folder, 'r'), dhcp: 'proxy', startBastion: false })
  t.teardown(() => rehearsal.stop())
  const find = new URL('../../../bastion/dhcp/find-foreign-dhcp.ts', import.meta.url).href
  const { stdout, stderr } = await rehearsal.inside(process.execPath, ['-e', `import(${JSON.stringify(find)}).then(async ({ findForeignDhcp }) => console.log(JSON.stringify(await findForeignDhcp('br0', { timeoutMs: 4000 }))))`])
  t.match(JSON.parse(stdout || 'null'), [{ server: '10.77.0.2', offered: /^10\.77\.0\.1\d\d$/, boots: null }], stderr)
})

t.test('the bastion of such a rehearsal leases nothing', async t => {
  t.same(rehearsalConfig({ state: '/s', ramdisk: '/r', os: '/o' }, {}, 'proxy')['dhcp'], { mode: 'proxy', interface: 'br0' })
  t.match(rehearsalConfig({ state: '/s', ramdisk: '/r', os: '/o' })['dhcp'], { mode: 'server', rangeStart: '10.77.0.100' })
})

t.test('HTTP boot is refused for BIOS and for User-Mode Linux, before anything is installed or started', async t => {
  for (const args of [['--boot', 'http'], ['--boot', 'http', '--machine', 'uml', '--firmware', 'uefi']]) {
    const { code, err } = await runLabctl(t, ['rehearse', 'cycle', ...args])
    t.not(code, 0)
    t.match(err, /--boot http wants UEFI in QEMU/)
  }
})
