import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { exitCodes } from '../../../labctl/exit-codes.ts'
import { sendRequest } from '../../../labctl/client/send-request.ts'
import { sampleDetail, sampleOrder } from '../samples.ts'
import { problem, standInBastion } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

t.test('each answer of the bastion gives its documented exit code, with its code, sentence and next step', async t => {
  const bastion = await standInBastion(t)
  const env = pointAt(bastion)
  const table: [number, string, number][] = [
    [500, 'BST_INTERNAL', 1], [507, 'BST_DISK_FULL', 1], [400, 'BST_INPUT_INVALID', 2], [413, 'BST_TOO_LARGE', 2], [404, 'BST_NOT_FOUND', 3],
    [409, 'BST_AMBIGUOUS', 4], [409, 'BST_CONFLICT', 4], [409, 'BST_REFUSED', 4], [409, 'BST_IMAGE_MISSING', 4], [401, 'BST_UNAUTHENTICATED', 5], [403, 'BST_FORBIDDEN', 5], [503, 'BST_STOPPING', 6],
    [409, 'BST_OF_A_NEWER_BASTION', 4],
  ]
  for (const [status, code, exit] of table) {
    bastion.answers.set('machine', () => problem(status, code, `What happened is ${code}.`, { nextStep: 'Do this next.' }))
    const ran = await runLabctl(t, ['provision', 'describe', 'worker-1'], { env })
    t.equal(ran.code, exit, `${status} ${code}`)
    t.match(ran.err, `What happened is ${code}. (${code})`)
    t.match(ran.err, 'Next: Do this next.')
    t.equal(ran.out, '')
  }
})

t.test('refusals are told one by one, each with its next step', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('install', () => problem(409, 'BST_REFUSED', 'The order is refused.', { refusals: [{ code: 'disk-in-use', because: 'The disk QM00001 holds ext4.', nextStep: 'Name it with --wipe.' }] }))
  const ran = await runLabctl(t, ['provision', 'install', 'x', 'worker-1'], { env: pointAt(bastion) })
  t.equal(ran.code, exitCodes.refused.code)
  t.match(ran.err, 'Refused: The disk QM00001 holds ext4. (disk-in-use)')
  t.match(ran.err, 'Next: Name it with --wipe.')
})

t.test('a wrong command line gives 2 and suggests what was meant', async t => {
  const unknown = await runLabctl(t, ['provison', 'list'])
  t.equal(unknown.code, 2)
  t.match(unknown.err, 'Did you mean provision?')
  t.equal((await runLabctl(t, ['provision', 'list', '-o', 'xml'])).code, 2)
  t.equal((await runLabctl(t, ['provision', 'describe'])).code, 2)
  t.equal((await runLabctl(t, [])).code, 2)
  t.equal((await runLabctl(t, ['--help'])).code, 0)
  const name = await runLabctl(t, ['provision', 'install', 'x', 'Not_A_Label'])
  t.equal(name.code, 2)
  t.match(name.err, 'one DNS label')
})

t.test('without settings a command gives 2 and says how to get them', async t => {
  const { code, err } = await runLabctl(t, ['os', 'list'])
  t.equal(code, 2)
  t.match(err, /url, pin, token not set/)
  t.match(err, 'labctl init bastion standalone start')
})

t.test('a bastion that is not there gives 6', async t => {
  const bastion = await standInBastion(t)
  await bastion.close()
  const { code, err } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
  t.equal(code, 6)
  t.match(err, 'nothing listens there')
})

t.test('a server that speaks no TLS gives 6', async t => {
  const server = createServer(socket => { socket.end('220 not a bastion\r\n') })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  const { code } = await runLabctl(t, ['provision', 'list'], { env: { LABCTL_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, LABCTL_PIN: `${'A'.repeat(43)}=`, LABCTL_TOKEN: 'some-token' } })
  t.equal(code, 6)
})

t.test('a token that is not valid gives 5 and says where to get one', async t => {
  const bastion = await standInBastion(t)
  const { code, err } = await runLabctl(t, ['provision', 'list'], { env: { ...pointAt(bastion), LABCTL_TOKEN: 'another-token' } })
  t.equal(code, 5)
  t.match(err, 'labctl-bastion operator-token')
  t.notMatch(err, 'another-token')
})

t.test('an answer that does not come in time is an error of the kind timed-out', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('version', () => ({ body: { version: '1', node: '26' }, delayMs: 3000 }))
  const to = { url: new URL(bastion.url), pins: [bastion.pin], token: bastion.token, socket: null }
  await t.rejects(sendRequest(to, { method: 'GET', path: '/api/version' }, { timeoutMs: 500, signal: new AbortController().signal }), { exit: 'timed-out', code: 'no-answer' })
})

t.test('an answer of another form than the protocol’s is told as such', async t => {
  const bastion = await standInBastion(t)
  for (const body of ['{"machines":[{"id":1}]}', 'not json', '{}']) {
    bastion.answers.set('list', () => ({ body }))
    const { code, err } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
    t.equal(code, 1)
    t.match(err, 'has not the form that this labctl knows')
  }
})

t.test('Ctrl-C while waiting for an answer gives 130', async t => {
  const bastion = await standInBastion(t)
  const stop = new AbortController()
  bastion.answers.set('machine', () => { setTimeout(() => { stop.abort() }, 50); return { body: sampleDetail(), delayMs: 5000 } })
  const { code } = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion), signal: stop.signal })
  t.equal(code, 130)
})

t.test('a machine’s name can hold anything and still is one segment of the path', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('cancel', ({ params }) => ({ body: sampleOrder({ state: 'cancelled', name: params['machine']! }) }))
  const { code, out } = await runLabctl(t, ['provision', 'cancel', '../../os/x?y'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, '../../os/x?y')
  t.same(bastion.asked, ['POST /api/machines/..%2F..%2Fos%2Fx%3Fy/cancel'])
})
