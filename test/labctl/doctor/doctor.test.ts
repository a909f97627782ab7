import { createServer, type AddressInfo } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { probePorts } from '../../../labctl/doctor/probe-ports.ts'
import { standInBastion } from '../stand-in-bastion.ts'
import { makeHome, pointAt, runLabctl } from '../run-labctl.ts'

interface Report { findings: { what: string, status: string, fix: string | null }[], missing: number, install: string | null }

t.test('with a PATH that leads nowhere doctor names every program with its package and gives 1', async t => {
  const empty = mkdtempSync(join(tmpdir(), 'labctl-path-'))
  t.teardown(() => { rmSync(empty, { recursive: true, force: true }) })
  const { code, out, err } = await runLabctl(t, ['doctor', '-o', 'json', '--for', 'build'], { env: { PATH: empty } })
  const report = JSON.parse(out) as Report
  t.equal(code, 1)
  t.match(report.install, 'mmdebstrap')
  t.match(report.findings.find(({ what }) => what === 'mmdebstrap'), { status: 'missing', fix: 'apt-get install mmdebstrap' })
  t.notOk(report.findings.some(({ what }) => what === 'qemu-system-x86_64'), 'what only a rehearsal needs is left out')
  t.match(err, 'for building')
})

t.test('doctor tells whether the bastion answers, and whether its key is the pinned one', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [] } }))
  const state = async (env: Record<string, string>) => (JSON.parse((await runLabctl(t, ['doctor', '-o', 'json'], { env })).out) as Report).findings.find(({ what }) => what === 'bastion')
  t.match(await state(pointAt(bastion)), { status: 'ok' })
  t.match(await state({ ...pointAt(bastion), LABCTL_PIN: `${'A'.repeat(43)}=` }), { status: 'missing', fix: 'labctl config set pin' })
  t.match(await state({ ...pointAt(bastion), LABCTL_TOKEN: 'another-token' }), { status: 'missing', fix: 'labctl config set token' })
  t.match(await state({}), { status: 'note', fix: 'labctl init bastion standalone start' })
})

t.test('ports are probed where the configuration puts them', async t => {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  const taken = (server.address() as AddressInfo).port
  const places = { control: { address: '127.0.0.1', port: taken }, boot: { address: '203.0.113.1', port: 8080 }, ramdisk: '', os: '', state: '', dhcp: 'off' as const, interface: null, discoverer: null }
  t.same((await probePorts(places)).map(({ state }) => state), ['not-ours', 'taken'])
})

t.test('built RAM disks and images are found through the standalone bastion’s configuration', async t => {
  const home = makeHome(t)
  const folder = join(home, '.labctl', 'standalone')
  mkdirSync(join(folder, 'state', 'os', 'debian-13'), { recursive: true })
  mkdirSync(join(folder, 'state', 'ramdisk'))
  writeFileSync(join(folder, 'bastion.yaml'), `state: ${folder}/state\nramdisk: { directory: ${folder}/state/ramdisk }\nos: { directory: ${folder}/state/os }\n`)
  writeFileSync(join(folder, 'record.json'), JSON.stringify({ config: join(folder, 'bastion.yaml'), log: '', builderLog: '', bastion: null, builder: null, startedAt: 0 }))
  const look = async () => (JSON.parse((await runLabctl(t, ['doctor', '-o', 'json'], { home })).out) as Report).findings.filter(({ what }) => what === 'RAM disk' || what === 'root images').map(({ status }) => status)
  t.same(await look(), ['missing', 'note'])
  writeFileSync(join(folder, 'state', 'ramdisk', 'manifest.json'), '{}')
  writeFileSync(join(folder, 'state', 'os', 'debian-13', 'manifest.json'), '{}')
  t.same(await look(), ['ok', 'ok'])
})
