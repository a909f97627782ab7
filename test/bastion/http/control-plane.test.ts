import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { WebSocket } from 'ws'
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { ProblemSchema } from '../../../protocol/problem.ts'
import { Value } from 'typebox/value'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'
import { projectFolder } from '../../house/list-sources.ts'

t.test('the control plane', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)

  await t.test('every route needs a credential but those that say they are open', async t => {
    const { paths } = (await bastion.control('GET', '/openapi.json')).json() as { paths: Record<string, Record<string, unknown>> }
    const open = new Set(['GET /healthz', 'GET /health', 'GET /health/live', 'GET /health/ready', 'GET /openapi.json', 'GET /api/version',
      // What anybody can have of a distribution's mirror.
      'GET /os/{name}/tree/{*}', 'GET /os/{name}/repository/{id}/{*}'])
    const routes = [...Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`)), 'POST /api/boot/facts', 'POST /api/boot/installed', 'POST /api/boot/progress', 'POST /api/boot/log', 'GET /api/boot/next', 'POST /api/discover', 'GET /metrics']
    t.ok(routes.length > 25, `${routes.length} routes`)
    for (const route of routes) {
      const [method, path] = route.split(' ') as [string, string]
      const body = method === 'POST' ? Buffer.from(path === '/api/boot/log' ? 'x' : '{"phase":"facts"}') : undefined
      const type = path === '/api/boot/log' ? 'text/plain' : path === '/api/boot/facts' || path === '/api/boot/installed' || path === '/api/discover' ? 'application/x-tar' : 'application/json'
      const answer = await bastion.control(method, path.replace(/\{\w+\}/, 'x'), body, { authorization: '', 'content-type': type })
      t.equal(answer.status === 401, !open.has(route), `${route} answers ${answer.status}`)
      if (answer.status === 401) t.ok(Value.Check(ProblemSchema, answer.json()), `${route} answers problem details`)
    }
  })

  await t.test('a wrong token is refused', async t => {
    t.equal((await bastion.control('GET', '/api/machines', undefined, { authorization: 'Bearer labctl_wrong' })).status, 401)
    t.equal((await bastion.control('GET', '/api/machines')).status, 200)
  })

  await t.test('health, metrics and version', async t => {
    t.same((await bastion.control('GET', '/health/ready')).json(), { status: 'ready', failing: [] })
    t.match((await bastion.control('GET', '/health/detailed')).json(), { version: '0.1.0', databaseLatencyMs: Number, agents: 0, parts: [{ name: 'database', healthy: true, detail: null }] })
    t.match((await bastion.control('GET', '/metrics')).body.toString(), /labctl_timeline_entries_total(.|\n)*process_resident_memory_bytes|process_resident_memory_bytes(.|\n)*labctl_alarms_total/)
    t.equal((await bastion.boot('/healthz')).status, 200)
  })

  await t.test('nothing administrative is served over plain HTTP', async t => {
    for (const path of ['/api/machines', '/api/os', '/health/detailed', '/metrics', '/openapi.json', '/api/boot/facts', '/api/install']) t.equal((await bastion.boot(path)).status, 404, path)
  })

  await t.test('the boot plane serves only files that a manifest names', async t => {
    t.equal((await bastion.boot('/ramdisk/vmlinuz')).status, 200)
    t.ok((await bastion.boot('/ramdisk/vmlinuz')).headers.get('content-length'))
    for (const path of ['/ramdisk/manifest.json', '/ramdisk/../bastion.yaml', '/ramdisk/%2e%2e%2fbastion.yaml', '/os/debian-13/manifest.json', '/os/debian-13/..%2f..%2fbastion.yaml', '/ipxe/..%2fstate%2fbastion.sqlite', '/ipxe/none', '/']) t.equal((await bastion.boot(path)).status, 404, path)
  })

  await t.test('every boot program that is advertised over HTTP is served, byte for byte', async t => {
    const programs = bootPrograms.filter(program => program.loadedBy === 'http' && program.required)
    t.ok(programs.length > 0)
    for (const { file, sources } of programs) {
      const answer = await fetch(`http://127.0.0.1:${bastion.bootPort}/ipxe/${file}`)
      t.equal(answer.status, 200, file)
      t.ok(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(sources.find(source => existsSync(source))!)), file)
    }
  })

  await t.test('downloads can be resumed: a range is answered as one', async t => {
    const answer = await fetch(`http://127.0.0.1:${bastion.bootPort}/os/debian-13/image.tar`, { headers: { range: 'bytes=6-' } })
    t.equal(answer.status, 206)
    t.equal(await answer.text(), 'tar')
  })

  await t.test('firmware always gets a valid script, whatever it sends', async t => {
    for (const query of ['', '?mac=', '?mac=nonsense', '?mac=52:54:00:00:00:0g', '?mac=ff:ff:ff:ff:ff:ff', '?mac=01:00:5e:00:00:01', `?mac=${'5'.repeat(4000)}`, '?mac=52:54:00:00:00:01&mac=52:54:00:00:00:02', '?mac=52:54:00:00:00:05&uuid=nonsense&platform=efi&buildarch=riscv64']) {
      const { status, text, headers } = await bastion.boot(`/dispatch${query}`)
      t.equal(status, 200, query.slice(0, 60))
      t.match(text, /^#!ipxe\necho labctl: (REFUSED|Never seen)/)
      t.equal(headers.get('transfer-encoding'), null, 'never chunked')
    }
  })

  await t.test('bad input is refused with what was wanted, and nothing is changed', async t => {
    await machine.discover()
    const install = (body: object) => bastion.control('POST', '/api/install', body)
    t.match((await install({ machine: 'nobody', name: 'x' })).json(), { status: 404, code: 'BST_NOT_FOUND', detail: /There is no machine "nobody"/, nextStep: /provision list/ })
    t.match((await install({ machine: machine.mac })).json(), { status: 400, code: 'BST_INPUT_INVALID', detail: /name/ })
    t.match((await install({ machine: machine.mac, name: 'x', colour: 'red' })).json(), { status: 400, detail: /additional properties/ })
    for (const [more, code] of [[{ name: 'Worker_1' }, 'name-invalid'], [{ name: 'a', role: 'gpu' }, 'role-unknown'], [{ name: 'a', os: 'debian-99' }, 'os-missing'], [{ name: 'a', wipe: ['no-such-disk'] }, /wipe/]] as const) {
      const answer = await install({ machine: machine.mac, ...more })
      t.equal(answer.status, 409)
      t.match(answer.json(), { code: 'BST_REFUSED', refusals: [{ code, because: /\w/, nextStep: /\w/ }] })
    }
    t.match((await bastion.control('GET', `/api/machines/${machine.mac}`)).json(), { orders: [] })
    t.match((await bastion.control('POST', `/api/machines/${machine.mac}/retry`)).json(), { status: 409, code: 'BST_CONFLICT' })
    t.match((await bastion.control('GET', '/api/os/none')).json(), { status: 404, nextStep: 'labctl os add none' })
    t.match((await bastion.control('GET', '/api/nothing')).json(), { status: 404, nextStep: /openapi/ })
  })

  await t.test('timelines are followed over a socket, which is authenticated before the upgrade', async t => {
    const open = (token: string) => new WebSocket(`wss://127.0.0.1:${bastion.controlPort}/ws/events?machine=${machine.mac}`, { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } })
    const declined = open('wrong')
    const [error] = await once(declined, 'error') as [Error]
    t.match(error.message, /401/)
    const socket = open(bastion.token)
    await once(socket, 'open')
    const message = once(socket, 'message')
    await machine.dispatch()
    t.match(JSON.parse(String((await message)[0])), { phase: 'dispatched', mac: machine.mac })
    socket.close()
  })

  await t.test('a forgotten machine is gone, and its bearer with it', async t => {
    t.equal((await bastion.control('DELETE', `/api/machines/${machine.mac}`)).status, 204)
    t.match((await bastion.control('GET', '/api/machines')).json(), { machines: [] })
    t.equal((await machine.next()).status, 401)
    t.match(await machine.dispatch(), /Never seen/)
  })

  await t.test('no secret is in the log', async t => {
    await bastion.boot('/boot/SECRETSECRETSECRETSECR/overlay.cpio')
    t.notMatch(bastion.log(), /SECRETSECRET/)
    t.notMatch(bastion.log(), new RegExp(bastion.token))
    t.notMatch(bastion.log(), new RegExp(machine.bearer))
  })

  await t.test('a second bastion on the same ports is told which, and the first goes on', async t => {
    const second = spawnSync(process.execPath, ['bastion/main.ts', '--config', join(bastion.folder, 'bastion.yaml')], { cwd: projectFolder, encoding: 'utf8' })
    t.equal(second.status, 1)
    t.match(second.stderr, /BST_PORT_TAKEN: 127\.0\.0\.1 port \d+ is taken by another program\.\nNext: ss -ltnp/)
    t.equal((await bastion.control('GET', '/healthz')).status, 200)
  })
})

t.test('a port taken by something else is named', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const folder = t.testdir({ 'bastion.yaml': `state: ${t.testdirName}/state\ncontrolPlane: {port: ${port}}\nbootPlane: {port: ${port === 65535 ? port - 1 : port + 1}}\n` })
  const ended = spawnSync(process.execPath, [`${projectFolder}bastion/main.ts`, '--config', join(folder, 'bastion.yaml')], { cwd: folder, encoding: 'utf8' })
  t.match(ended.stderr, new RegExp(`BST_PORT_TAKEN: 127.0.0.1 port ${port}`))
  server.close()
})

t.test('the program’s own words: check, help, version, unknown command, missing file', async t => {
  const folder = t.testdir({ 'good.yaml': '', 'bad.yaml': 'dhpc: {}' })
  const run = (...args: string[]) => spawnSync(process.execPath, [`${projectFolder}bastion/main.ts`, ...args], { encoding: 'utf8' })
  t.match(run('--check-config', '--config', join(folder, 'good.yaml')), { status: 0, stdout: /is valid/ })
  t.match(run('--check-config', '--config', join(folder, 'bad.yaml')), { status: 2, stderr: /BST_CONFIG_INVALID(.|\n)*did you mean dhcp\?(.|\n)*Next:/ })
  t.match(run('--config', join(folder, 'none.yaml')), { status: 2, stderr: /cannot be read/ })
  t.match(run('dance', '--config', join(folder, 'good.yaml')), { status: 2, stderr: /Unknown command "dance"/ })
  t.match(run('--version'), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.match(run('--help'), { status: 0, stdout: /--check-config/ })
})
