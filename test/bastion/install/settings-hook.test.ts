// The hook's part of the steps, run for real over a folder that stands for the new system; only chroot and unshare are stood in for.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { renderSettings } from '../../../bastion/install/render-settings.ts'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { planOf, viewOf } from './steps-of.ts'

function runHook(t: Test, script: string, timeoutSeconds = 20) {
  const folder = t.testdir({ bin: {}, target: { etc: { labctl: {} }, run: {} } })
  const target = join(folder, 'target')
  const shim = (name: string, text: string) => { writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`); chmodSync(join(folder, 'bin', name), 0o755) }
  shim('chroot', 'TARGET=$1; export TARGET; shift; shift; shift; exec env TARGET="$TARGET" "$@"')
  shim('unshare', 'shift 3; exec "$TARGET$1"')
  const steps = renderSteps(viewOf(planOf(), { day: renderSettings({ hook: { script, timeoutSeconds } }, { mac: '52:54:00:12:34:56', direct: [] }) }))
  const [from, to] = [steps.indexOf('\nwrite() {'), steps.indexOf('\n# ---- The hook of the settings')]
  const part = `${steps.slice(from, steps.indexOf('\n}\n', from) + 3)}${steps.slice(to, steps.indexOf('\n# ---- How it boots'))}`.replace(' PATH=/usr/sbin:/usr/bin:/sbin:/bin', ` PATH='${folder}/bin:/usr/bin:/bin'`)
  const { status, stdout } = spawnSync('sh', ['-u'], { encoding: 'utf8', env: { PATH: `${folder}/bin:/usr/bin:/bin` }, input: `patience=300 LABCTL_RUN='${folder}'\ndue() { :; }\ntarget='${target}' log='${folder}/log' LABCTL_URL=https://x LABCTL_PIN=y\nstop() { echo "STOPPED $stage: $1"; exit 1; }\nprogress() { echo "PROGRESS $3"; }\n${part}` })
  return { status, stdout, target, log: existsSync(`${folder}/log`) ? readFileSync(`${folder}/log`, 'utf8') : '', kept: join(target, 'var/log/labctl-hook.log'), told: existsSync(join(target, 'etc/labctl/install.env')) }
}

t.test('a hook that ends well: its log stays, readable by root and adm only, its end is told, and the system may tell its first boot', async t => {
  const ran = runHook(t, '#!/bin/sh\necho "on $LABCTL_MACHINE"\necho oops >&2\nenv\n')
  t.equal(ran.status, 0, ran.stdout)
  t.match(ran.stdout, 'PROGRESS post-install hook: ended with 0; its log is /var/log/labctl-hook.log')
  const log = readFileSync(ran.kept, 'utf8')
  t.match(log, /^on worker-1\noops\n/)
  t.notMatch(log, /LABCTL_URL|LABCTL_PIN/, 'nothing of the installer is in its environment')
  t.equal(statSync(ran.kept).mode & 0o777, 0o640)
  t.notOk(existsSync(join(ran.target, 'run/labctl-hook')))
  t.ok(ran.told)
})

t.test('a hook that fails ends the install with its code and last lines, and the system can’t tell a first boot', async t => {
  const ran = runHook(t, '#!/bin/sh\nfor n in 1 2 3 4 5 6 7; do echo "line $n"; done\nexit 3\n')
  t.equal(ran.status, 1)
  t.match(ran.stdout, 'STOPPED running the post-install hook: the post-install hook ended with 3; it said last: line 3 line 4 line 5 line 6 line 7')
  t.match(ran.log, /line 1\n/, 'all of it is in the install’s own log too')
  t.notOk(ran.told)
})

t.test('a hook that hangs, deaf to signals, is ended', async t => {
  const ran = runHook(t, '#!/bin/sh\necho begun\ntrap "" TERM\nwhile :; do sleep 1; done\n', 1)
  t.match(ran.stdout, /STOPPED .*: the post-install hook was not done after 1 s, or was killed; it said last: begun/)
  t.notOk(ran.told)
})

t.test('a hook whose interpreter is not there fails with what the system says of it', async t => {
  const ran = runHook(t, '#!/usr/bin/no-such-thing\n')
  t.match(ran.stdout, /STOPPED .*: the post-install hook ended with 12[67]; it said last: .*no-such-thing|not found/)
})

t.test('without a hook nothing runs', async t => {
  const steps = renderSteps(viewOf(planOf()))
  t.notMatch(steps, 'labctl-hook')
})
