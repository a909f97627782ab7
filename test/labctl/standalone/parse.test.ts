import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseOperatorToken } from '../../../labctl/standalone/parse-operator-token.ts'
import { parseStartTicks } from '../../../labctl/standalone/parse-start-ticks.ts'

t.test('the start of a process is read whatever its name holds', async t => {
  const rest = 'S 1 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 1'
  t.equal(parseStartTicks(`42 (node) ${rest}`), 123456)
  t.equal(parseStartTicks(`42 (a) b (c) S 9) ${rest}`), 123456)
  t.equal(parseStartTicks(`42 (node) ${rest.replace('S', 'Z')}`), null, 'a process that has ended runs no more')
  t.equal(parseStartTicks(''), null)
  t.equal(parseStartTicks('42 (node) S'), null)
  t.ok(parseStartTicks(readFileSync('/proc/self/stat', 'utf8'))! > 0)
})

t.test('the operator token is taken from the last line, and what is not one is never repeated', async t => {
  const line = { url: 'https://127.0.0.1:8443', pin: `${'b'.repeat(43)}=`, token: 'labctl_secret-token' }
  t.same(parseOperatorToken(`a warning\n${JSON.stringify(line)}\n`), line)
  for (const wrong of ['', 'labctl_secret-token', '{}', JSON.stringify({ ...line, url: 'http://127.0.0.1' }), JSON.stringify({ ...line, pin: 'x' }), JSON.stringify({ ...line, token: 1 })]) {
    try {
      parseOperatorToken(wrong)
      t.fail(`taken: ${wrong}`)
    } catch (error) {
      t.match(error, { code: 'operator-token-invalid' })
      t.notMatch((error as Error).message, 'secret-token')
    }
  }
})
