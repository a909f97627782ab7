import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { layOverlay, listenTls, runShell, shells } from './run-overlay.ts'

const fingerprint = 'SHA256:KFfjbioDgHGtDfDs5iNQXpi3RA7EaEECCcGpPQ/RyD0'
let answers: ((response: ServerResponse) => void)[] = []
const bastion = await listenTls((_call, response) => { (answers.shift() ?? (rest => { rest.writeHead(200, { 'content-type': 'text/plain' }).end('reboot') }))(response) })
t.teardown(bastion.stop)
let folder = ''
t.beforeEach(() => {
  folder = layOverlay(bastion.url, bastion.pin)
  for (const name of ['bin', 'run/report', 'home']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'run/report/uname'), 'x86_64\n')
  writeFileSync(join(folder, 'run/started'), '1.5\n')
  program('dropbearkey', `while [ "$1" != -f ]; do shift; done; echo "key $$" >"$2"; echo 'Generating'; echo 'Fingerprint: ${fingerprint}'`)
  program('dropbear', 'echo "$@" >>"$LABCTL_RUN/started-with"; exec sleep 20')
  bastion.calls.length = 0
})
t.afterEach(() => {
  try { process.kill(Number(readFileSync(join(folder, 'run/rescue/pid'), 'utf8')), 'SIGKILL') } catch { /* it never started */ }
  rmSync(folder, { recursive: true })
})

function program(name: string, body: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`)
  chmodSync(join(folder, 'bin', name), 0o755)
}

function answer(files: Record<string, string>): (response: ServerResponse) => void {
  const source = join(folder, 'pack')
  mkdirSync(source)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(source, name), content)
  const bytes = execFileSync('tar', ['-cf', '-', ...Object.keys(files)], { cwd: source })
  rmSync(source, { recursive: true })
  return response => { response.writeHead(200, { 'content-type': 'application/x-tar' }).end(bytes) }
}
const told = (status: number, type = 'text/plain', body = '') => (response: ServerResponse) => { response.writeHead(status, { 'content-type': type }).end(body) }

const parts = ['network', 'conversation', 'rescue', 'wait']
const quick = () => `PATH=${folder}/bin:$PATH; LABCTL_HOME=${folder}/home; LABCTL_RESCUE_PORT=2222; export LABCTL_HOME; sleep() { :; }; keep_lease() { :; }; report=$LABCTL_RUN/report; line_mac=52:54:00:00:00:01 line_ip=192.0.2.7`

for (const shell of shells) {
  t.test(`${shell.join(' ')}: a rescue lets the operators’ keys in, and no password, and tells the host key`, async t => {
    answers = [answer({ 'kind': 'rescue\n', 'authorized_keys': 'ssh-ed25519 AAAA operator\n' }), told(204), told(200, 'text/plain', 'wait'), told(200, 'text/plain', 'reboot')]
    const { stdout, exitCode } = await runShell(shell, folder, parts, `${quick()}; tell_facts; wait_for_orders`)
    t.equal(exitCode, 9)
    t.match(stdout, /rescue: ssh root@192\.0\.2\.7 {2}host key \(ed25519\) SHA256:KFfj[^]*leave reboot/)
    t.notMatch(stdout, /waiting for an order/)
    t.same(JSON.parse(bastion.calls[1]!.body.toString()), { phase: 'rescue', attempt: 1, message: `ssh root@192.0.2.7, host key ${fingerprint}` })
    t.equal(readFileSync(join(folder, 'home/.ssh/authorized_keys'), 'utf8'), 'ssh-ed25519 AAAA operator\n')
    t.equal(statSync(join(folder, 'home/.ssh/authorized_keys')).mode & 0o777, 0o600)
    t.match(readFileSync(join(folder, 'run/started-with'), 'utf8'), / -s /)
    t.equal(statSync(join(folder, 'run/rescue/host-key')).mode & 0o077, 0)
  })

  t.test(`${shell.join(' ')}: a rescue outlives orders that wait, and a bastion that has forgotten it`, async t => {
    answers = [answer({ 'kind': 'rescue\n', 'authorized_keys': 'ssh-ed25519 AAAA operator\n' }), told(204), told(200, 'application/x-cpio', '070701'), ...Array.from({ length: 12 }, () => told(401)), told(200, 'text/plain', 'poweroff')]
    const { stdout, exitCode } = await runShell(shell, folder, parts, `${quick()}; tell_facts; wait_for_orders`)
    t.equal(exitCode, 9)
    t.match(stdout, /an order waits; this rescue goes on/)
    t.match(stdout, /leave poweroff$/)
    t.notMatch(stdout, /leave reboot/)
  })

  t.test(`${shell.join(' ')}: the same boot keeps its host key and its one SSH server when its job is started again`, async t => {
    const again = () => [answer({ 'kind': 'rescue\n', 'authorized_keys': 'ssh-ed25519 AAAA operator\n' }), told(204)]
    answers = again()
    await runShell(shell, folder, parts, `${quick()}; tell_facts`)
    const key = readFileSync(join(folder, 'run/rescue/host-key'), 'utf8')
    answers = again()
    await runShell(shell, folder, parts, `${quick()}; tell_facts`)
    t.equal(readFileSync(join(folder, 'run/rescue/host-key'), 'utf8'), key)
    t.equal(readFileSync(join(folder, 'run/started-with'), 'utf8').trim().split('\n').length, 1)
  })

  t.test(`${shell.join(' ')}: without a key nobody is let in, and an SSH server that ends is a failure that is told`, async t => {
    answers = [answer({ 'kind': 'rescue\n', 'authorized_keys': '' })]
    t.match(await runShell(shell, folder, parts, `${quick()}; tell_facts`), { exitCode: 1, stdout: /failed: the bastion sent no key that may log in/ })
    program('dropbear', 'echo "Error binding port" >&2; exit 1')
    answers = [answer({ 'kind': 'rescue\n', 'authorized_keys': 'ssh-ed25519 AAAA operator\n' })]
    t.match(await runShell(shell, folder, parts, `${quick()}; unset -f sleep; tell_facts`), { exitCode: 1, stdout: /failed: SSH did not start: Error binding port/ })
  })
}
