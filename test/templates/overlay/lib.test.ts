import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { layOverlay, listenTls, overlayFolder, runShell, shells } from './run-overlay.ts'

const bastion = await listenTls((call, response) => {
  const status = Number(/status=(\d+)/.exec(call.path)?.[1] ?? 200)
  if (status === 200) return response.writeHead(200, { 'content-type': 'text/plain' }).end('fine\n')
  return response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ detail: 'The disk "A" holds $(data).\n', nextStep: 'Order with --wipe.' }))
})
t.teardown(bastion.stop)
const folder = layOverlay(bastion.url, bastion.pin)
t.teardown(() => { rmSync(folder, { recursive: true }) })

t.test('every script of the overlay is understood by dash and by busybox, and start can be executed', async t => {
  for (const name of readdirSync(overlayFolder)) {
    for (const [file, ...args] of shells) t.doesNotThrow(() => execFileSync(file, [...args, '-n', fileURLToPath(new URL(name, overlayFolder))]), `${file} ${name}`)
  }
  t.equal(statSync(new URL('start', overlayFolder)).mode & 0o111, 0o111)
  const size = readdirSync(overlayFolder).reduce((sum, name) => sum + statSync(new URL(name, overlayFolder)).size, 0)
  t.ok(size < 32_768, `${size} bytes`)
})

t.test('PID 1 never runs under set -e, and no script offers a login', async t => {
  for (const name of readdirSync(overlayFolder)) {
    const code = readFileSync(new URL(name, overlayFolder), 'utf8').replaceAll(/^\s*#.*$/gm, '')
    t.notMatch(code, /set -[a-z]*e|getty|exec (\/bin\/)?(ba|da)?sh\b|sulogin/, name)
  }
})

for (const shell of shells) {
  t.test(`${shell.join(' ')}: a call carries the bearer from its file, and the body and status come back`, async t => {
    const { stdout } = await runShell(shell, folder, [], 'labctl_curl /x --data-binary hello; echo "$LABCTL_STATUS $LABCTL_TYPE"; cat "$LABCTL_BODY"')
    t.equal(stdout, '200 text/plain\nfine')
    t.match(bastion.calls.at(-1), { method: 'POST', path: '/x', headers: { authorization: 'Bearer first-secret' } })
  })

  t.test(`${shell.join(' ')}: a bastion with another key gets nothing, not even the bearer`, async t => {
    const before = bastion.calls.length
    const { stdout } = await runShell(shell, folder, [], `LABCTL_PIN=sha256//${'A'.repeat(43)}=; labctl_curl /x; echo "$LABCTL_STATUS $LABCTL_WHY"`)
    t.match(stdout, /^000 whoever answers there does not hold the key/)
    t.equal(bastion.calls.length, before)
    const spare = await runShell(shell, folder, [], `LABCTL_PIN="sha256//${'A'.repeat(43)}=;$LABCTL_PIN"; labctl_curl /x; echo $LABCTL_STATUS`)
    t.equal(spare.stdout, '200', 'one of two pins is enough')
  })

  t.test(`${shell.join(' ')}: progress is valid JSON whatever its message`, async t => {
    const { exitCode } = await runShell(shell, folder, [], `labctl_progress disks 40.5 'say "hi" \\ $(id)\ttab
line ü'; labctl_progress image x; LABCTL_ATTEMPT=3 labctl_progress configure`)
    t.equal(exitCode, 0)
    t.same(bastion.calls.slice(-3).map(call => JSON.parse(call.body.toString())), [
      { phase: 'disks', attempt: 1, percent: 40.5, message: 'say  hi     (id) tab line   ' },
      { phase: 'image', attempt: 1 }, { phase: 'configure', attempt: 3 },
    ])
  })

  t.test(`${shell.join(' ')}: a refusal’s words reach the console as one harmless line`, async t => {
    const { stdout } = await runShell(shell, folder, [], 'labctl_curl "/x?status=409"; echo "$LABCTL_STATUS: $(labctl_answer_text)"')
    t.match(stdout, /^409: The disk {2,3}A {2,3}holds {2}\(data\)\. ?n Order with --wipe\.$/)
  })

  t.test(`${shell.join(' ')}: a failure ends the script and keeps its reason once`, async t => {
    const { stdout, exitCode } = await runShell(shell, folder, [], 'labctl_fail "no disk: \\"x\\""; echo not reached')
    t.equal(exitCode, 1)
    t.match(stdout, /^labctl: failed: no disk: "x" \(\d+\.\d+ s\)$/)
    const after = await runShell(shell, folder, [], 'labctl_reason default; labctl_reason default')
    t.equal(after.stdout, 'no disk: "x"\ndefault')
  })

  t.test(`${shell.join(' ')}: of a long log the last 64 KiB are sent`, async t => {
    writeFileSync(`${folder}/long`, `${'x'.repeat(100_000)}end`)
    await runShell(shell, folder, [], `labctl_post_log ${folder}/long`)
    t.match(bastion.calls.at(-1), { path: '/api/boot/log', headers: { 'content-type': 'text/plain' } })
    t.equal(bastion.calls.at(-1)!.body.length, 65_536)
    t.equal(bastion.calls.at(-1)!.body.subarray(-3).toString(), 'end')
  })

  t.test(`${shell.join(' ')}: netmasks become prefix lengths`, async t => {
    const { stdout } = await runShell(shell, folder, ['network'], 'for mask in 255.255.255.0 255.255.240.0 255.0.0.0 255.255.255.255 16 ""; do prefix_length "$mask"; done')
    t.equal(stdout.replaceAll('\n', ' '), '24 20 8 32 16 24')
  })
}
