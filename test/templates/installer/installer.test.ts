// The installer's own scripts, in every shell that may run them, against a real TLS listener.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import t from 'tap'
import { layOverlay, listenTls, runShell } from '../overlay/run-overlay.ts'

const installer = new URL('../../../templates/installer/', import.meta.url)
const allShells = [['dash'], ['busybox', 'sh'], ['bash', '--posix']] as const
let statuses: number[] = []
const bastion = await listenTls((_call, response) => { response.writeHead(statuses.shift() ?? 204).end() })
t.teardown(bastion.stop)
let folder = ''
t.beforeEach(() => {
  folder = layOverlay(bastion.url, bastion.pin)
  for (const name of ['kickstart-error.sh', 'kickstart-packages.sh']) copyFileSync(new URL(name, installer), join(folder, name))
  for (const made of ['tmp', 'target/root/.labctl', 'target/var/log', 'bin']) mkdirSync(join(folder, made), { recursive: true })
  bastion.calls.length = 0
  statuses = []
})
t.afterEach(() => { rmSync(folder, { recursive: true }) })

const runScript = (shell: readonly string[], name: string) => execa(shell[0]!, [...shell.slice(1), join(folder, name)], {
  env: { LABCTL: folder, LABCTL_RUN: join(folder, 'run'), LABCTL_ON_CONSOLES: 'no', LABCTL_LOGS: join(folder, 'tmp'), LABCTL_TARGET: join(folder, 'target') }, reject: false, timeout: 60_000,
})
const onError = (shell: readonly string[]) => runScript(shell, 'kickstart-error.sh')
const reasonOf = () => (JSON.parse(bastion.calls.findLast(({ path }) => path === '/api/boot/progress')!.body.toString()) as { phase: string, message: string })

for (const shell of allShells) {
  t.test(`${shell.join(' ')}: %onerror tells why, and sends the ends of the logs, over the pinned channel alone`, async t => {
    writeFileSync(join(folder, 'tmp/anaconda.log'), `${'x'.repeat(20_000)}\n12:00:01,000 INF core: fine\n12:00:02,000 ERR payload: Failed to download "a": 502\n`)
    writeFileSync(join(folder, 'tmp/program.log'), 'the last line of program.log\n')
    t.match(await onError(shell), { exitCode: 0 })
    t.same(bastion.calls.map(({ path }) => path), ['/api/boot/log', '/api/boot/progress'])
    t.match(bastion.calls[0], { headers: { authorization: 'Bearer first-secret' } })
    const log = bastion.calls[0]!.body.toString()
    t.match(log, /the last line of program\.log/)
    t.ok(log.length < 20_000, 'not all of a long log')
    t.match(reasonOf(), { phase: 'failed', message: /^Anaconda stopped: 12:00:02,000 ERR payload: Failed to download/ })
    t.equal(statSync(join(folder, 'run/error.log')).mode & 0o777, 0o600)
  })

  t.test(`${shell.join(' ')}: %onerror believes our own scripts first, then an exception, and says so where nobody said why`, async t => {
    await onError(shell)
    t.equal(reasonOf().message, 'Anaconda stopped: it did not say why')
    writeFileSync(join(folder, 'tmp/anaconda-tb-x1'), 'anaconda 43 exception report\nTraceback (most recent call last):\n  File "x"\nblivet.errors.StorageError: no room on $(reboot)\n')
    await onError(shell)
    t.equal(reasonOf().message, 'Anaconda stopped: blivet.errors.StorageError: no room on  (reboot)')
    writeFileSync(join(folder, 'target/root/.labctl/failed'), 'useradd: user ops exists\n')
    await onError(shell)
    t.equal(reasonOf().message, 'Anaconda stopped: useradd: user ops exists')
    writeFileSync(join(folder, 'run/failed'), 'a kept volume is another one\nmore\n')
    await onError(shell)
    t.equal(reasonOf().message, 'Anaconda stopped: a kept volume is another one')
  })

  t.test(`${shell.join(' ')}: %pre-install tells that the disks are made, and whatever it is answered stops nothing`, async t => {
    for (const status of [204, 410, 409]) {
      bastion.calls.length = 0
      statuses = [status]
      t.match(await runScript(shell, 'kickstart-packages.sh'), { exitCode: 0 }, String(status))
      t.same(bastion.calls.map(({ path, body }) => [path, JSON.parse(body.toString())]), [['/api/boot/progress', { phase: 'packages', attempt: 1 }]])
    }
    rmSync(join(folder, 'overlay.env'))
    t.match(await runScript(shell, 'kickstart-packages.sh'), { exitCode: 0 })
  })

  t.test(`${shell.join(' ')}: %pre leaves what renews the lease running, once, and Anaconda does not wait for it`, async t => {
    const told = join(folder, 'told')
    const keep = /^keep_lease\(\) \{\n.*?^\}$/ms.exec(readFileSync(new URL('kickstart-pre.sh', installer), 'utf8'))![0]
    writeFileSync(join(folder, 'bin/python3'), `#!/bin/sh\necho "$*" >>${told}\nsleep 20\n`, { mode: 0o755 })
    const run = (line: string) => runShell(shell, folder, [], `PATH=${folder}/bin:$PATH; ${keep}\n${line}\nkeep_lease; keep_lease`)
    const began = Date.now()
    t.match(await run('line_mac=52:54:00:00:00:01 line_ip= line_dhcp=10.77.0.1'), { exitCode: 0, stdout: '' })
    t.match(await run('line_mac=52:54:00:00:00:01 line_ip=10.77.0.9 line_dhcp='), { exitCode: 0, stdout: '' })
    t.match(await run('line_mac=52:54:00:00:00:01 line_ip=10.77.0.9 line_dhcp=10.77.0.1'), { exitCode: 0, stdout: '' })
    t.ok(Date.now() - began < 15_000, 'its output is not held open')
    for (let tries = 0; tries < 300 && !(existsSync(told) && readFileSync(told, 'utf8').endsWith('\n')); tries += 1) await sleep(100)
    await sleep(500)
    t.equal(readFileSync(told, 'utf8'), `-I ${folder}/renew-lease.py 52:54:00:00:00:01 10.77.0.9 10.77.0.1\n`)
  })

  t.test(`${shell.join(' ')}: %pre takes the answer to what its boot is for, and no other; once discovered, it never comes back`, async t => {
    // Its functions, without the two lines that begin.
    writeFileSync(join(folder, 'pre.sh'), readFileSync(new URL('kickstart-pre.sh', installer), 'utf8').replace(/^read_line$[^]*/m, ''))
    mkdirSync(join(folder, 'answer'))
    const answered = (purpose: string, kind: string, afterwards = 'local-disk', then = 'end_discovery') => {
      writeFileSync(join(folder, 'answer/kind'), `${kind}\n`)
      execFileSync('tar', ['-cf', join(folder, 'run/body'), '-C', join(folder, 'answer'), 'kind'])
      return runShell(shell, folder, [], `LABCTL_ON_CONSOLES=no; . ${folder}/pre.sh; leave() { echo "leave $1"; exit 9; }; LABCTL_PURPOSE=${purpose} LABCTL_AFTERWARDS=${afterwards} LABCTL_BODY=$LABCTL_RUN/body; rm -rf $LABCTL_RUN/answer; (take_answer) || { echo refused; exit 2; }; ${then}; echo went on`)
    }
    for (const word of ['local-disk', 'poweroff', 'reboot']) t.match(await answered('discover', 'wait', word), { exitCode: 9, stdout: new RegExp(`facts reported, and no disk was touched[^]*leave ${word}$`) }, word)
    t.match(await answered('discover', 'wait', 'wait'), { exitCode: 1, stdout: /facts reported/ }, 'an order may come of it: what is next is asked by whoever holds the machine')
    t.match(await answered('install', 'kickstart', 'local-disk', ':'), { exitCode: 0, stdout: 'went on' })
    for (const [purpose, kind] of [['discover', 'kickstart'], ['discover', 'install'], ['install', 'wait'], ['install', 'install'], ['rescue', 'kickstart']] as const) {
      t.match(await answered(purpose, kind), { exitCode: 2, stdout: new RegExp(`the bastion answered '${kind}' to a boot to ${purpose}[^]*refused$`) }, `${kind} to ${purpose}`)
      t.notOk(existsSync(join(folder, 'run/answer')), 'nothing of it is left')
    }
    t.match(await runShell(shell, folder, [], `LABCTL_ON_CONSOLES=no; . ${folder}/pre.sh; leave() { echo left; exit 9; }; rm -rf $LABCTL_RUN/answer; end_discovery; echo went on`), { exitCode: 1, stdout: '' }, 'a report that was refused has no answer, and is no discovery')
  })

  t.test(`${shell.join(' ')}: the stand-in for timeout ends what takes too long, and tells how the rest ended`, async t => {
    const bounded = (...words: string[]) => execa(shell[0]!, [...shell.slice(1), new URL('timeout.sh', installer).pathname, '-k', '5', ...words], { reject: false, timeout: 20_000 })
    t.match(await bounded('10', 'echo', 'a b'), { exitCode: 0, stdout: 'a b' })
    t.match(await bounded('10', 'sh', '-c', 'exit 7'), { exitCode: 7 })
    const began = Date.now()
    t.not((await bounded('1', 'sleep', '15')).exitCode, 0)
    t.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`)
  })

  t.test(`${shell.join(' ')}: before a reboot that is to reach the installer, the firmware is told to start from the network once`, async t => {
    const told = join(folder, 'told')
    writeFileSync(join(folder, 'bin/efibootmgr'), `#!/bin/sh\necho "$*" >>${told}\necho 'BootCurrent: 0003'\necho 'BootOrder: 0001,0003'\n`, { mode: 0o755 })
    const next = (efi: string) => runShell(shell, folder, ['wait'], `PATH=${folder}/bin:$PATH; LABCTL_EFI=${efi}; network_next`)
    t.match(await next(join(folder, 'tmp')), { exitCode: 0, stdout: '' })
    t.equal(readFileSync(told, 'utf8'), '\n-q -n 0003\n')
    t.match(await next(join(folder, 'no-such-folder')), { exitCode: 0, stdout: '' })
    t.equal(readFileSync(told, 'utf8'), '\n-q -n 0003\n', 'BIOS has no such word')
    writeFileSync(join(folder, 'bin/efibootmgr'), '#!/bin/sh\nexit 2\n')
    t.match(await next(join(folder, 'tmp')), { exitCode: 0, stdout: /was not told to start from the network/ })
  })
}
