import { execFileSync } from 'node:child_process'
import t from 'tap'
import { runLabctl } from '../run-labctl.ts'

async function complete(t: Parameters<typeof runLabctl>[0], line: string[]): Promise<string[]> {
  const { out } = await runLabctl(t, ['completion', 'bash'])
  const words = line.map(word => `'${word}'`).join(' ')
  const script = `${out}\nCOMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _labctl; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n')
}

t.test('bash completes commands, choices and options from the tree of commands', async t => {
  t.same(await complete(t, ['labctl', 'prov']), ['provision'])
  t.same(await complete(t, ['labctl', 'provision', 'in']), ['install'])
  t.same(await complete(t, ['labctl', 'provision', 'install', 'x', '--w']), ['--wipe'])
  t.same(await complete(t, ['labctl', 'init', 'bastion', 'standalone', 'st']), ['start', 'stop', 'status'])
  t.same(await complete(t, ['labctl', 'config', 'get', 'to']), ['token'])
})

t.test('every shell has a script, and another word is a usage error', async t => {
  for (const shell of ['bash', 'zsh', 'fish']) t.match((await runLabctl(t, ['completion', shell])).out, 'provision')
  t.equal((await runLabctl(t, ['completion', 'csh'])).code, 2)
})

t.test('version and exit-codes read back as documents', async t => {
  const version = JSON.parse((await runLabctl(t, ['version', '--client', '-o', 'json'])).out) as Record<string, string>
  t.match(version['labctl'], /^\d+\.\d+\.\d+$/)
  const { exitCodes } = JSON.parse((await runLabctl(t, ['exit-codes', '-o', 'json'])).out) as { exitCodes: { code: number }[] }
  t.same(exitCodes.map(({ code }) => code), [0, 1, 2, 3, 4, 5, 6, 7, 130])
})
