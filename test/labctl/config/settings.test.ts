import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeHome, runLabctl } from '../run-labctl.ts'

const pin = `${'b'.repeat(43)}=`
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

t.test('set makes the file with mode 0600 in a folder of 0700 and keeps the other settings', async t => {
  const home = makeHome(t)
  const file = join(home, '.labctl', 'config.yaml')
  t.equal((await runLabctl(t, ['config', 'set', 'url', 'https://10.0.0.1:8443'], { home })).code, 0)
  t.equal((await runLabctl(t, ['config', 'set', 'pin', pin], { home })).code, 0)
  t.equal((await runLabctl(t, ['config', 'set', 'token'], { home, secret: 'labctl_secret-token\n' })).code, 0)
  t.equal(mode(file), '600')
  t.equal(mode(join(home, '.labctl')), '700')
  t.equal(readFileSync(file, 'utf8'), `url: https://10.0.0.1:8443\npin: ${pin}\ntoken: labctl_secret-token\n`)
  t.same(readdirSync(join(home, '.labctl')), ['config.yaml'], 'no temporary file is left')
  t.equal((await runLabctl(t, ['config', 'unset', 'token'], { home })).code, 0)
  t.notMatch(readFileSync(file, 'utf8'), 'token')
})

t.test('a token on the command line is refused and not written', async t => {
  const home = makeHome(t)
  const { code, err } = await runLabctl(t, ['config', 'set', 'token', 'labctl_secret-token'], { home })
  t.equal(code, 2)
  t.notMatch(err, 'labctl_secret-token')
  t.notOk(existsSync(join(home, '.labctl')))
})

t.test('the list masks the token; get prints it', async t => {
  const home = makeHome(t)
  await runLabctl(t, ['config', 'set', 'token'], { home, secret: 'labctl_secret-token' })
  for (const format of ['table', 'json', 'yaml']) {
    const { out } = await runLabctl(t, ['config', 'list', '-o', format], { home })
    t.match(out, 'labc********')
    t.notMatch(out, 'secret')
  }
  t.equal((await runLabctl(t, ['config', 'get', 'token'], { home })).out, 'labctl_secret-token\n')
})

t.test('LABCTL_* overrides the file, an empty variable takes a setting away, and the list says where each comes from', async t => {
  const home = makeHome(t)
  await runLabctl(t, ['config', 'set', 'url', 'https://10.0.0.1:8443'], { home })
  const get = async (env: Record<string, string>) => (await runLabctl(t, ['config', 'get', 'url'], { home, env }))
  t.equal((await get({})).out, 'https://10.0.0.1:8443\n')
  t.equal((await get({ LABCTL_URL: 'https://10.0.0.2:8443' })).out, 'https://10.0.0.2:8443\n')
  t.equal((await get({ LABCTL_URL: '' })).code, 3)
  const { settings } = JSON.parse((await runLabctl(t, ['config', 'list', '-o', 'json'], { home, env: { LABCTL_PIN: pin } })).out) as { settings: { key: string, from: string | null }[] }
  t.same(settings.map(({ key, from }) => [key, from]), [['url', join(home, '.labctl', 'config.yaml')], ['pin', 'LABCTL_PIN'], ['token', null], ['socket', null]])
  t.equal((await runLabctl(t, ['config', 'path'], { home, env: { LABCTL_CONFIG: '/elsewhere.yaml' } })).out, '/elsewhere.yaml\n')
})

t.test('a file that others can read is refused, with the command that mends it', async t => {
  const home = makeHome(t)
  await runLabctl(t, ['config', 'set', 'url', 'https://10.0.0.1:8443'], { home })
  const file = join(home, '.labctl', 'config.yaml')
  for (const bits of [0o640, 0o604, 0o660]) {
    chmodSync(file, bits)
    const { code, err } = await runLabctl(t, ['config', 'list'], { home })
    t.equal(code, 2)
    t.match(err, `chmod 600 ${file}`)
  }
})

t.test('values that cannot be right are refused, and the file stays as it was', async t => {
  const home = makeHome(t)
  const wrong = [['url', 'http://10.0.0.1:8080'], ['url', 'https://10.0.0.1/api'], ['url', '10.0.0.1'], ['url', 'https://a:b@10.0.0.1'], ['pin', 'abc'], ['pin', `${pin};x`], ['socket', 'relative.sock'], ['socket', `/${'x'.repeat(107)}`]] as const
  for (const [key, value] of wrong) t.equal((await runLabctl(t, ['config', 'set', key, value], { home })).code, 2, `${key} ${value}`)
  t.equal((await runLabctl(t, ['config', 'set', 'token'], { home, secret: 'two words' })).code, 2)
  t.equal((await runLabctl(t, ['config', 'set', 'colour', 'red'], { home })).code, 2)
  t.notOk(existsSync(join(home, '.labctl')))
})

t.test('a file that is not valid is refused, naming what is wrong and not what it holds', async t => {
  const home = makeHome(t)
  mkdirSync(join(home, '.labctl'))
  const file = join(home, '.labctl', 'config.yaml')
  for (const [text, said] of [['url: [', 'is not YAML'], ['colour: red\n', 'colour is not known'], ['token: {a: secret-thing}\n', 'token is not text'], ['- a\n', 'not a list of keys'], ['url: http://10.0.0.1\n', 'url is not valid']] as const) {
    writeFileSync(file, text, { mode: 0o600 })
    const { code, err } = await runLabctl(t, ['config', 'list'], { home })
    t.equal(code, 2)
    t.match(err, said)
    t.notMatch(err, 'secret-thing')
  }
})
