// The program as a process of its own: exit codes, streams, signals.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { standInBastion } from './stand-in-bastion.ts'
import { sampleDetail, sampleMachine, sampleOrder, samplePlanAnswer } from './samples.ts'
import { makeHome, pointAt } from './run-labctl.ts'

const main = fileURLToPath(new URL('../../labctl/main.ts', import.meta.url))

function start(argv: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [main, ...argv], { env: { PATH: process.env['PATH'] ?? '', ...env } })
  const ended = new Promise<number | null>(resolve => { child.once('close', resolve) })
  return { child, ended }
}

t.setTimeout(180_000)

t.test('the exit code is the command’s, the answer goes to standard output and errors to standard error', async t => {
  const HOME = makeHome(t)
  const good = start(['exit-codes'], { HOME })
  t.match(await text(good.child.stdout), /^CODE/)
  t.equal(await good.ended, 0)
  const bad = start(['provision', 'list'], { HOME })
  const [out, err] = await Promise.all([text(bad.child.stdout), text(bad.child.stderr)])
  t.equal(await bad.ended, 2)
  t.equal(out, '')
  t.match(err, /^Error: .*\(not-configured\)\n {2}Next: /)
})

t.test('a token is read from standard input', async t => {
  const HOME = makeHome(t)
  const { child, ended } = start(['config', 'set', 'token'], { HOME })
  child.stdin.end('labctl_secret-token\n')
  t.equal(await ended, 0)
  t.equal(readFileSync(join(HOME, '.labctl', 'config.yaml'), 'utf8'), 'token: labctl_secret-token\n')
})

t.test('without a terminal nothing that needs a yes is ordered', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer() }))
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  const { child, ended } = start(['provision', 'reprovision', 'x'], { HOME: makeHome(t), ...pointAt(bastion) })
  child.stdin.end('yes\n')
  t.match(await text(child.stderr), /there is no terminal to ask on/)
  t.equal(await ended, 2)
  t.same(bastion.bodies.map(([name]) => name), ['plan'])
})

t.test('Ctrl-C ends a watch cleanly with 130', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [] } }))
  const { child, ended } = start(['provision', 'watch'], { HOME: makeHome(t), ...pointAt(bastion) })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (err === '') child.kill('SIGINT')
    err += chunk.toString()
  })
  t.equal(await ended, 130)
  t.match(err, /^Watching[^\n]*\nStopped\.\n$/, 'and no stack trace')
})

t.test('a reader that goes away early is no failure', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: Array.from({ length: 3000 }, (_, index) => sampleMachine({ id: `m${index}`, serial: 'x'.repeat(200) })) } }))
  const { child, ended } = start(['provision', 'list', '-o', 'json'], { HOME: makeHome(t), ...pointAt(bastion) })
  const errors = text(child.stderr)
  child.stdout.once('data', () => { child.stdout.destroy() })
  t.equal(await ended, 0)
  t.equal(await errors, '')
})

t.test('a long answer arrives whole through a pipe', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: Array.from({ length: 3000 }, (_, index) => sampleMachine({ id: `m${index}`, serial: 'x'.repeat(200) })) } }))
  const { child, ended } = start(['provision', 'list', '-o', 'json'], { HOME: makeHome(t), ...pointAt(bastion) })
  t.equal((JSON.parse(await text(child.stdout)) as { machines: unknown[] }).machines.length, 3000)
  t.equal(await ended, 0)
})

t.test('on a terminal the question is asked, and what is typed is taken', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer() }))
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  bastion.answers.set('reprovision', () => ({ status: 201, body: sampleOrder({ kind: 'reprovision' }) }))
  // script(1) gives it a terminal of its own.
  const child = spawn('script', ['-qefc', `${process.execPath} ${main} provision reprovision x`, '/dev/null'], { env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', HOME: makeHome(t), ...pointAt(bastion) } })
  const ended = new Promise<number | null>(resolve => { child.once('close', resolve) })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const asked = out.includes('Type yes')
    out += chunk.toString()
    if (!asked && out.includes('Type yes')) child.stdin.write('yes\r')
  })
  t.equal(await ended, 0)
  t.match(out, '\u001b[33mreformat\u001b[39m', 'in colour')
  t.match(out, 'Armed')
  t.same(bastion.bodies.map(([name]) => name), ['plan', 'reprovision'])
})
