import t from 'tap'
import { supervise } from '../../../bastion/platform/supervise.ts'

const spec = (script: string, states: string[], lines: string[] = [], check = async () => {}) => ({
  name: 'child', file: 'sh', args: ['-c', script], package: 'dash', check,
  onLine: (line: string) => { lines.push(line) }, onState: (state: string) => { states.push(state) }, backoffMs: { first: 5, most: 20 },
})
const until = async (condition: () => boolean) => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 1000) throw new Error('it never came true')
    await new Promise(resolve => { setTimeout(resolve, 10) })
  }
}

t.test('a child that dies is started again, and its lines and its death are told', async t => {
  const states: string[] = []
  const lines: string[] = []
  const child = await supervise(spec('echo hello; echo world >&2; sleep 0.05; exit 3', states, lines))
  await until(() => child.restarts >= 2 && states.filter(state => state === 'started').length >= 2)
  await child.stop(1000)
  t.ok(lines.includes('hello') && lines.includes('world'))
  t.ok(states.includes('died'))
  const settled = child.restarts
  await new Promise(resolve => { setTimeout(resolve, 100) })
  t.equal(child.restarts, settled, 'a stopped child stays stopped')
})

t.test('a child killed by SIGKILL is reported and back', async t => {
  const states: string[] = []
  const lines: string[] = []
  const child = await supervise(spec('echo $$; exec sleep 1000', states, lines))
  await until(() => lines.length === 1)
  process.kill(Number(lines[0]), 'SIGKILL')
  await until(() => lines.length === 2)
  t.equal(child.running, true)
  t.same(states, ['started', 'died', 'started'])
  await child.stop(1000)
  t.equal(child.running, false)
  t.equal(states.at(-1), 'stopped')
})

t.test('a child that ignores SIGTERM is killed at the deadline', async t => {
  const lines: string[] = []
  const child = await supervise(spec('trap "" TERM; echo $$; while :; do sleep 1; done', [], lines))
  await until(() => lines.length === 1)
  await child.stop(100)
  t.throws(() => process.kill(Number(lines[0]), 0), { code: 'ESRCH' })
})

t.test('a missing program is refused with what to install, and nothing is restarted', async t => {
  const states: string[] = []
  await t.rejects(supervise({ ...spec('', states), file: 'no-such-program-anywhere', package: 'dnsmasq-base' }), { code: 'BST_PROGRAM_MISSING', nextStep: 'apt-get install dnsmasq-base' })
  t.same(states, [])
})

t.test('a failing check keeps the child from being started', async t => {
  const lines: string[] = []
  await t.rejects(supervise(spec('echo started', [], lines, async () => { throw new Error('bad configuration') })), { message: 'bad configuration' })
  await new Promise(resolve => { setTimeout(resolve, 100) })
  t.same(lines, [])
})
