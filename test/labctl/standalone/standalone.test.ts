// A real bastion on this host, started, used and stopped by labctl.
import { createServer, type AddressInfo } from 'node:net'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isRunning } from '../../../labctl/standalone/child-record.ts'
import { readRecord } from '../../../labctl/standalone/standalone-record.ts'
import { makeHome, runLabctl } from '../run-labctl.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return port
}

async function writeConfig(home: string): Promise<string> {
  const path = join(home, 'bastion.yaml')
  const state = join(home, 'state')
  writeFileSync(path, `state: ${state}\nbootPlane: { port: ${await freePort()} }\ncontrolPlane: { port: ${await freePort()} }\nramdisk: { directory: ${state}/ramdisk }\nos: { directory: ${state}/os }\n`)
  return path
}

t.test('start, use, start again, stop: a bastion of one’s own', async t => {
  const home = makeHome(t)
  const config = await writeConfig(home)
  t.teardown(() => runLabctl(t, ['init', 'bastion', 'standalone', 'stop'], { home }))
  const started = await runLabctl(t, ['init', 'bastion', 'standalone', 'start', '--config', config], { home })
  t.equal(started.code, 0, started.err)
  t.match(started.out, /^Started: a bastion at https:\/\/127\.0\.0\.1:/)
  t.equal(statSync(join(home, '.labctl', 'config.yaml')).mode & 0o777, 0o600)
  const token = /token: (\S+)/.exec(readFileSync(join(home, '.labctl', 'config.yaml'), 'utf8'))![1]!

  t.match((await runLabctl(t, ['provision', 'list'], { home })).out, 'No machines yet.')
  t.match((await runLabctl(t, ['os', 'list'], { home })).out, 'labctl os add debian-13')
  t.match(JSON.parse((await runLabctl(t, ['version', '-o', 'json'], { home })).out), { bastion: { version: /\d/ } })
  const nobody = await runLabctl(t, ['provision', 'describe', 'nobody'], { home })
  t.equal(nobody.code, 3)
  t.match(nobody.err, 'BST_NOT_FOUND')
  t.equal((await runLabctl(t, ['provision', 'watch', 'nobody'], { home })).code, 3)
  t.equal((await runLabctl(t, ['provision', 'install', 'nobody', 'worker-1'], { home })).code, 3)
  t.equal((await runLabctl(t, ['provision', 'list'], { home, env: { LABCTL_TOKEN: 'labctl_not-the-token' } })).code, 5)
  const status = await runLabctl(t, ['init', 'bastion', 'standalone', 'status', '-o', 'json'], { home })
  t.match(JSON.parse(status.out), { running: true, builderRunning: true })
  t.match(JSON.parse((await runLabctl(t, ['doctor', '-o', 'json', '--for', 'bastion'], { home })).out).findings.find(({ what }: { what: string }) => what === 'bastion'), { status: 'ok' })

  const again = await runLabctl(t, ['init', 'bastion', 'standalone', 'start'], { home })
  t.equal(again.code, 0)
  t.match(again.out, /^Runs already/)
  t.match(readFileSync(join(home, '.labctl', 'config.yaml'), 'utf8'), token, 'a token that works is kept')

  const record = readRecord(home)!
  t.notMatch(readFileSync(record.log, 'utf8'), token)
  const stopped = await runLabctl(t, ['init', 'bastion', 'standalone', 'stop'], { home })
  t.equal(stopped.code, 0, stopped.err)
  t.notOk(isRunning(record.bastion))
  t.notOk(isRunning(record.builder))
  t.equal((await runLabctl(t, ['init', 'bastion', 'standalone', 'status'], { home })).code, 1)
  t.match((await runLabctl(t, ['init', 'bastion', 'standalone', 'stop'], { home })).out, 'No standalone bastion was running.')
  t.equal((await runLabctl(t, ['provision', 'list'], { home })).code, 6)
})

t.test('a first start writes a configuration that serves this host only and is valid', async t => {
  const home = makeHome(t)
  const { ensureConfig, readPlaces } = await import('../../../labctl/standalone/standalone-config.ts')
  const { readConfig } = await import('../../../bastion/platform/read-config.ts')
  const path = join(home, 'bastion.yaml')
  t.equal(ensureConfig(path, join(home, 'a folder: "quoted"')), true)
  const config = readConfig(path)
  t.match(config, { state: join(home, 'a folder: "quoted"'), dhcp: { mode: 'off' }, bootPlane: { address: '127.0.0.1' }, controlPlane: { address: '127.0.0.1' } })
  t.same(readPlaces(path), { control: config.controlPlane, boot: config.bootPlane, ramdisk: config.ramdisk.directory, os: config.os.directory, state: config.state, dhcp: 'off', interface: null, discoverer: null })
  t.equal(ensureConfig(path, '/elsewhere'), false, 'a file that is there is left alone')
  writeFileSync(path, '')
  const defaults = readConfig(path)
  t.same(readPlaces(path), { control: defaults.controlPlane, boot: defaults.bootPlane, ramdisk: defaults.ramdisk.directory, os: defaults.os.directory, state: defaults.state, dhcp: 'off', interface: null, discoverer: null }, 'labctl knows the same defaults')
  for (const [discovery, discoverer] of [['{by: kickstart, os: fedora-43}', 'fedora-43'], ['{os: fedora-43}', null]] as const) {
    writeFileSync(path, `discovery: ${discovery}\n`)
    t.equal(readPlaces(path)?.discoverer, discoverer)
  }
})

t.test('a configuration that is not valid starts nothing and gives 2', async t => {
  const home = makeHome(t)
  const config = join(home, 'bastion.yaml')
  writeFileSync(config, 'bootPlan: {}\n')
  const { code, err } = await runLabctl(t, ['init', 'bastion', 'standalone', 'start', '--config', config], { home })
  t.equal(code, 2)
  t.match(err, 'did you mean bootPlane')
  t.notOk(existsSync(join(home, '.labctl', 'standalone', 'record.json')))
})

t.test('a bastion that ends at once is told with the end of its log, and nothing is left running', async t => {
  const home = makeHome(t)
  const config = await writeConfig(home)
  const taken = createServer()
  const port = Number(/controlPlane: \{ port: (\d+)/.exec(readFileSync(config, 'utf8'))![1])
  await new Promise<void>(resolve => { taken.listen(port, '127.0.0.2', resolve) })
  t.teardown(() => { taken.close() })
  writeFileSync(config, readFileSync(config, 'utf8').replace('controlPlane: {', 'controlPlane: { address: 127.0.0.2,'))
  const { code, err } = await runLabctl(t, ['init', 'bastion', 'standalone', 'start', '--config', config], { home })
  t.not(code, 0)
  t.match(err, 'BST_PORT_TAKEN')
  t.notOk(isRunning(readRecord(home)?.bastion ?? null))
})
