// A few thousand inputs of npm run fuzz in every test run, and all that it ever found.
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { startFuzzBastion } from './fuzz-bastion.ts'
import { parserKinds } from './parser-kinds.ts'
import { Random } from './random.ts'
import { runFuzz } from './run-fuzz.ts'
import { socketKinds } from './socket-kinds.ts'

const fixtures = new URL('../fixtures/fuzz/', import.meta.url)

t.test('what reads untrusted text and bytes holds for inputs that nobody wrote', async t => {
  const { counts, findings } = await runFuzz(parserKinds, { seed: 20_261_121, inputs: 4000, keepIn: t.testdir() })
  t.same(findings, [])
  t.ok(Object.values(counts).reduce((sum, count) => sum + count, 0) >= 4000)
})

t.test('and so does the bastion, over sockets', async t => {
  const bastion = await startFuzzBastion()
  t.teardown(() => bastion.stop())
  const { counts, findings } = await runFuzz(socketKinds(bastion), { seed: 20_261_121, inputs: 400, keepIn: t.testdir() })
  t.same(findings, [])
  t.ok(counts['dispatch']! > 300 && counts['conversation']! > 30 && counts['bytes-on-a-socket']! > 15)
})

t.test('what was ever found stays mended', async t => {
  const files = readdirSync(fixtures).filter(name => name !== 'README')
  const bastion = await startFuzzBastion()
  t.teardown(() => bastion.stop())
  const kinds = [...parserKinds, ...socketKinds(bastion)]
  for (const file of files) {
    const kind = kinds.find(({ name }) => file.startsWith(`${name}-`))
    t.ok(kind, `${file} is of a known kind`)
    await t.resolves(Promise.resolve(kind!.check(readFileSync(new URL(file, fixtures)))), file)
  }
  t.pass(`${files.length} findings`)
})

t.test('a seed makes the same inputs each time, and what does not hold is found and kept', async t => {
  const made = () => { const random = new Random(7); return parserKinds.map(kind => kind.make(random).toString('base64')) }
  t.same(made(), made())
  const folder = t.testdir()
  const { findings } = await runFuzz([{ name: 'broken', weight: 1, make: random => random.bytes(4), check: input => { if (input[0]! < 64) throw new Error('less than 64') } }], { seed: 1, inputs: 40, keepIn: folder })
  t.ok(findings.length > 0 && findings.every(finding => readFileSync(finding.file)[0]! < 64))
})
