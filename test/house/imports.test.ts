// Holds the table of floors: who may import whom. Change the table only together with a decision in docs/decisions/.
import { posix } from 'node:path'
import t from 'tap'
import { listFiles, listSources, textOf } from './list-sources.ts'

const floors: Record<string, number> = {
  platform: 0, machines: 1, volumes: 1, pki: 1, dhcp: 1, intake: 1, access: 1, enrollment: 2, install: 3, fleet: 3, boot: 4, http: 5,
}
const topFloor = 6

function placeOf(path: string): { part: string, room: string, floor: number } {
  const [part = '', room = ''] = path.split('/')
  if (part !== 'bastion') return { part, room: '', floor: 0 }
  return path.split('/').length === 2 ? { part, room: '', floor: topFloor } : { part, room, floor: floors[room] ?? -1 }
}

/** Why `from` may not import `to`; null when it may. */
function objection(from: string, to: string): string | null {
  const a = placeOf(from)
  const b = placeOf(to)
  if (b.part === 'package.json' || to.startsWith('templates/')) return null
  if (b.part === 'protocol') return a.part === 'protocol' || a.part === 'bastion' || a.part === 'agent' || a.part === 'labctl' ? null : `${a.part} may not import protocol`
  if ((a.part === 'bastion' || a.part === 'labctl') && b.part === 'ipxe') return null
  if (a.part !== b.part) return `${a.part} may not import ${b.part}`
  if (a.part !== 'bastion' || a.room === b.room) return null
  return b.floor < a.floor ? null : `${a.room === '' ? 'the top floor' : a.room} (floor ${a.floor}) may not import ${b.room} (floor ${b.floor})`
}

function importsOf(path: string): string[] {
  return [...textOf(path).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
}

t.test('every import goes to a lower floor, to the protocol, or stays in its room', async t => {
  const sources = listSources()
  t.ok(sources.length > 20, 'there are sources to look at')
  const objections = sources.flatMap(path => importsOf(path).filter(name => name.startsWith('.')).flatMap(name => {
    const reason = objection(path, posix.normalize(posix.join(posix.dirname(path), name)))
    return reason === null ? [] : [`${path} imports ${name}: ${reason}`]
  }))
  t.same(objections, [])
})

t.test('every room of the bastion stands in the table', async t => {
  const rooms = new Set(listSources().filter(path => path.startsWith('bastion/') && path.split('/').length > 2).map(path => path.split('/')[1]!))
  t.same([...rooms].filter(room => floors[room] === undefined), [])
})

t.test('the protocol imports nothing but typebox', async t => {
  const foreign = listSources().filter(path => path.startsWith('protocol/')).flatMap(path => importsOf(path).filter(name => !name.startsWith('./') && name !== 'typebox').map(name => `${path}: ${name}`))
  t.same(foreign, [])
})

t.test('the table objects to an import that goes up, sideways or across programs', async t => {
  t.match(objection('bastion/machines/a.ts', 'bastion/boot/b.ts'), /may not import/)
  t.match(objection('bastion/machines/a.ts', 'bastion/pki/b.ts'), /may not import/)
  t.match(objection('labctl/a.ts', 'bastion/platform/b.ts'), /may not import/)
  t.equal(objection('bastion/boot/a.ts', 'bastion/machines/b.ts'), null)
})

t.test('nothing stands at the top that the house does not know', async t => {
  const known = new Set(['package.json', 'package-lock.json', 'tsconfig.json', 'nfpm.yaml', 'README.md', 'CHANGELOG.md', 'LICENSE', '.gitignore', '.oxlintrc.json', '.taprc', '.ci', 'protocol', 'bastion', 'agent', 'labctl', 'templates', 'ipxe', 'packaging', 'test', 'scripts', 'docs'])
  t.same([...new Set(listFiles().map(path => path.split('/')[0]!))].filter(name => !known.has(name)), [])
})

t.test('pure files have no clock, disk, socket, process, randomness or logger', async t => {
  const pure = listSources().filter(path => /\/(decide|plan|judge|parse|render)-[^/]+\.ts$/.test(path))
  t.ok(pure.length > 5, 'there are pure files to look at')
  const impure = /from 'node:(fs|net|http|https|dgram|child_process|tls|timers|os)|Date\.now\(|new Date\(\)|Math\.random|randomBytes|randomUUID|process\.(env|argv|pid|stdout)|platform\/(journal|run-program|supervise|clock|database)/
  t.same(pure.filter(path => impure.test(textOf(path))), [])
})
