import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { layOverlay, listenTls, runShell, shells } from './run-overlay.ts'

let answers: ((response: ServerResponse) => void)[] = []
const bastion = await listenTls((_call, response) => { (answers.shift() ?? (rest => { rest.writeHead(200, { 'content-type': 'text/plain' }).end('poweroff') }))(response) })
t.teardown(bastion.stop)
let folder = ''
t.beforeEach(() => {
  folder = layOverlay(bastion.url, bastion.pin)
  mkdirSync(join(folder, 'run/report'))
  writeFileSync(join(folder, 'run/report/uname'), 'x86_64\n')
  writeFileSync(join(folder, 'run/started'), '1.5\n')
  bastion.calls.length = 0
})
t.afterEach(() => { rmSync(folder, { recursive: true }) })

const told = (status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}) => (response: ServerResponse) => { response.writeHead(status, { 'content-type': type, ...headers }).end(body) }
const problem = (status: number) => told(status, 'application/problem+json', JSON.stringify({ detail: 'Not now.' }))

function pack(kind: 'tar' | 'cpio', files: Record<string, string>): Buffer {
  const source = join(folder, 'pack')
  mkdirSync(join(source, 'labctl'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(source, name), content, { mode: name.endsWith('start') ? 0o755 : 0o600 })
  const bytes = kind === 'tar' ? execFileSync('tar', ['-cf', '-', ...Object.keys(files)], { cwd: source }) : execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: source, input: `${['labctl', ...Object.keys(files)].join('\n')}\n` })
  rmSync(source, { recursive: true })
  return bytes
}

const parts = ['network', 'conversation', 'wait']
const quick = 'sleep() { :; }; keep_lease() { :; }; report=$LABCTL_RUN/report; line_mac=52:54:00:00:00:01'

for (const shell of shells) {
  t.test(`${shell.join(' ')}: facts are sent again until the bastion takes them, with the seconds since the kernel started`, async t => {
    answers = [problem(503), problem(500), told(200, 'application/x-tar', pack('tar', { kind: 'wait\n' }))]
    const { stdout, exitCode } = await runShell(shell, folder, parts, `${quick}; tell_facts`)
    t.equal(exitCode, 0)
    t.match(stdout, /the bastion answers 503: Not now\.; trying again in 1 s .*\n.*the bastion answers 500.* in 2 s .*\n.*facts reported/)
    t.match(bastion.calls[2], { path: '/api/boot/facts', headers: { 'content-type': 'application/x-tar', 'labctl-started': '1.5', 'labctl-uptime': /^\d+\.\d+$/ } })
    t.equal(execFileSync('tar', ['-tf', '-'], { input: bastion.calls[2]!.body }).toString(), 'uname\n')
    answers = [told(200, 'application/x-tar', pack('tar', { kind: 'wait\n' }))]
    await runShell(shell, folder, parts, `${quick}; LABCTL_FACTS_TO=/api/discover; tell_facts`)
    t.equal(bastion.calls.at(-1)!.path, '/api/discover', 'as a discovery report, where that is said')
  })

  t.test(`${shell.join(' ')}: a refusal is shown and the machine waits on; a report that can't be read is a failure`, async t => {
    answers = [problem(409), problem(400)]
    t.match(await runShell(shell, folder, parts, `${quick}; tell_facts`), { exitCode: 0, stdout: /refused \(409\): Not now\./ })
    t.match(await runShell(shell, folder, parts, `${quick}; tell_facts`), { exitCode: 1, stdout: /cannot take the report \(400\): Not now\./ })
  })

  t.test(`${shell.join(' ')}: the steps of an order run, and what makes them fail is told with the log`, async t => {
    answers = [told(200, 'application/x-tar', pack('tar', { 'kind': 'install\n', 'steps.sh': `. ${folder}/lib.sh\necho output of a tool\nlabctl_fail 'the disk "X" is gone'\n`, 'bootstrap.json': '{}' })), told(204, 'text/plain', ''), told(204, 'text/plain', '')]
    const { stdout } = await runShell(shell, folder, parts, `${quick}; tell_facts`)
    t.match(stdout, /installing as ordered[^]*output of a tool[^]*the install stopped/)
    t.same(bastion.calls.map(call => call.path), ['/api/boot/facts', '/api/boot/log', '/api/boot/progress'])
    t.match(bastion.calls[1]!.body.toString(), /output of a tool\n.*failed: the disk "X" is gone/)
    t.same(JSON.parse(bastion.calls[2]!.body.toString()), { phase: 'failed', attempt: 1, message: 'the disk  X  is gone' })
    t.equal(statSync(join(folder, 'answer/bootstrap.json')).mode & 0o777, 0o600)
  })

  t.test(`${shell.join(' ')}: steps that end without a reason are a failure too, whatever their exit code`, async t => {
    answers = [told(200, 'application/x-tar', pack('tar', { 'kind': 'install\n', 'steps.sh': 'echo went well?\n' })), told(204, 'text/plain', ''), told(204, 'text/plain', '')]
    await runShell(shell, folder, parts, `${quick}; tell_facts`)
    t.match(JSON.parse(bastion.calls[2]!.body.toString()), { phase: 'failed', message: /ended with code 0, last line: went well|ended with code 0; last line: went well/ })
  })

  t.test(`${shell.join(' ')}: a waiting machine takes its new bearer, outlives a bastion that is away, and obeys`, async t => {
    answers = [told(200, 'text/plain', 'wait', { 'labctl-bearer': 'second-secret-0123456789' }), response => { response.destroy() }, problem(502), told(200, 'text/plain', 'dance')]
    const { stdout, exitCode } = await runShell(shell, folder, parts, `${quick}; wait_for_orders`)
    t.equal(exitCode, 9)
    t.match(stdout, /waiting for an order; labctl provision install 52:54:00:00:00:01 NAME[^]*the bastion does not answer \(000[^]*answers again[^]*says 'dance'[^]*leave poweroff/)
    t.same(bastion.calls.map(call => call.headers.authorization), ['first', 'second', 'second', 'second', 'second'].map(which => `Bearer ${which}-secret${which === 'second' ? '-0123456789' : ''}`))
    t.equal(statSync(join(folder, 'bearer.header')).mode & 0o777, 0o600)
  })

  t.test(`${shell.join(' ')}: a question that is answered at once is asked again when the bastion says, or after five seconds`, async t => {
    const header = (value: string) => told(200, 'text/plain', 'wait', { 'retry-after': value })
    answers = [header('25'), told(200, 'text/plain', 'wait'), header('soon; reboot'), header('1e9'), header('300')]
    const { stdout } = await runShell(shell, folder, parts, `${quick.replace('sleep() { :; }', 'sleep() { echo "slept $1"; }')}; wait_for_orders`)
    t.same(stdout.match(/slept .*/g), ['slept 25', 'slept 5', 'slept 5', 'slept 5', 'slept 5', 'slept 300', 'slept 5'])
    answers = [response => { setTimeout(header('25'), 6000, response) }]
    const slow = await runShell(shell, folder, parts, `${quick.replace('sleep() { :; }', 'sleep() { echo "slept $1"; }')}; wait_for_orders`)
    t.same(slow.stdout.match(/slept .*/g), ['slept 25'], 'an answer that is slow to come is no reason to ask at once')
  })

  t.test(`${shell.join(' ')}: a machine that the bastion forgot starts anew after ten answers`, async t => {
    answers = Array.from({ length: 10 }, (_, at) => problem(at % 2 === 0 ? 401 : 410))
    t.match(await runShell(shell, folder, parts, `${quick}; wait_for_orders`), { exitCode: 9, stdout: /leave reboot$/ })
    t.equal(bastion.calls.length, 10)
  })

  t.test(`${shell.join(' ')}: a new overlay takes the old one's place whole or not at all`, async t => {
    const whole = pack('cpio', { 'labctl/start': '#!/bin/sh\n', 'labctl/overlay.env': 'LABCTL_PURPOSE=install\n', 'labctl/bearer.header': 'Authorization: Bearer third\n' })
    const cpio = (bytes: Buffer) => told(200, 'application/x-cpio', bytes)
    answers = [cpio(whole.subarray(0, 200)), cpio(pack('cpio', { 'labctl/start': '' })), cpio(Buffer.from('no cpio'))]
    t.equal((await runShell(shell, folder, parts, `${quick}; wait_for_orders`)).exitCode, 9)
    t.match(readFileSync(join(folder, 'overlay.env'), 'utf8'), /discover/)
    answers = [cpio(whole)]
    t.match(await runShell(shell, folder, parts, `${quick}; wait_for_orders`), { exitCode: 42, stdout: /an order has come/ })
    t.match(readFileSync(join(folder, 'overlay.env'), 'utf8'), /install/)
    t.equal(statSync(join(folder, 'bearer.header')).mode & 0o777, 0o600)
  })
}

for (const shell of shells) {
  const install = (steps: string) => told(200, 'application/x-tar', pack('tar', { 'kind': 'install\n', 'steps.sh': steps }))
  const ended = () => told(204, 'text/plain', '')

  t.test(`${shell.join(' ')}: steps that hang with a disk are given up when their own time is over, and the bastion hears why`, async t => {
    // A program that cannot be killed, as one that waits for a disk, keeps the output open.
    answers = [install(`. ${folder}/lib.sh\nread -r up _ </proc/uptime\n(command sleep 8) &\necho "$((\${up%%.*} + 1)) stopped while writing the new system: writing /etc/fstab does not come back" >"$LABCTL_RUN/due"\nexec sleep 60\n`), ended(), ended()]
    const begun = Date.now()
    const { stdout } = await runShell(shell, folder, parts, `${quick.replace('sleep() { :; }; ', '')}; tell_facts`)
    t.ok(Date.now() - begun < 30_000, 'without waiting for what hangs')
    t.match(stdout, /the install stopped/)
    t.match(JSON.parse(bastion.calls.at(-1)!.body.toString()), { phase: 'failed', message: 'stopped while writing the new system: writing /etc/fstab does not come back; switch the machine off before another attempt' })
    answers = [install('echo TOUCHED\n'), ended(), ended()]
    t.notMatch((await runShell(shell, folder, parts, `${quick}; tell_facts`)).stdout, /TOUCHED/, 'what hangs may still write: this boot makes no other attempt')
    t.match(JSON.parse(bastion.calls.at(-1)!.body.toString()), { phase: 'failed', message: /an earlier attempt of this boot hung with a disk.*nothing was touched/ })
    rmSync(join(folder, 'run', 'hung'))
  })

  t.test(`${shell.join(' ')}: a bastion that is away hears the reason of a failure when it is back`, async t => {
    answers = [install(`. ${folder}/lib.sh\nlabctl_fail 'the disk is gone'\n`), problem(503), ...Array.from({ length: 3 }, () => problem(503)), ended(), ended()]
    const { stdout } = await runShell(shell, folder, parts, `${quick}; tell_facts`)
    t.match(stdout, /the bastion has not heard why; telling it again in 20 s[^]*the install stopped/)
    t.same(bastion.calls.map(call => call.path.replace('/api/boot/', '')), ['facts', 'log', 'progress', 'progress', 'progress', 'log', 'progress'])
    t.match(JSON.parse(bastion.calls.at(-1)!.body.toString()), { phase: 'failed', message: 'the disk is gone' })
  })
}
