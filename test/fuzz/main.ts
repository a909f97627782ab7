// npm run fuzz: a million inputs against everything that reads what machines, firmware and strangers send. Ends with a table of kinds, and a line of counts.
import { parseArgs } from 'node:util'
import { renderTable } from '../../labctl/output/render-table.ts'
import { startFuzzBastion } from './fuzz-bastion.ts'
import { parserKinds } from './parser-kinds.ts'
import { runFuzz } from './run-fuzz.ts'
import { socketKinds } from './socket-kinds.ts'

const usage = `npm run fuzz -- [--inputs 1000000] [--seed NUMBER] [--only NAME,...]

The same seed makes the same inputs. What does not hold is kept in .tap/fuzz/, to be mended and moved to test/fixtures/fuzz/.
Exit codes: 0 everything held; 1 something did not; 2 wrong usage.`
const mostResidentBytes = 1.5 * 2 ** 30

const { values } = parseArgs({ options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } } })
const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
if (values.help === true || !Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed)) {
  console.log(usage)
  process.exit(values.help === true ? 0 : 2)
}
console.log(`Seed ${seed}; the same inputs again: npm run fuzz -- --seed ${seed} --inputs ${inputs}`)
const began = performance.now()
const bastion = await startFuzzBastion()
const only = values.only?.split(',')
const kinds = [...parserKinds, ...socketKinds(bastion)].filter(kind => only === undefined || only.includes(kind.name))
const run = await runFuzz(kinds, { seed, inputs, keepIn: '.tap/fuzz', tell: text => { console.log(`  ${text}`) } })
await bastion.stop()
for (const { kind, index, because, file } of run.findings) console.log(`FOUND: ${kind} input ${index}, kept as ${file}: ${because}`)
const mib = Math.round(run.mostResidentBytes / 2 ** 20)
const greedy = run.mostResidentBytes > mostResidentBytes
if (greedy) console.log(`FOUND: ${mib} MiB of memory were resident; the most that may be is ${mostResidentBytes / 2 ** 20}`)
const total = Object.values(run.counts).reduce((sum, count) => sum + count, 0)
const rows = Object.entries(run.counts).map(([kind, count]) => [kind, String(count), String(run.findings.filter(finding => finding.kind === kind).length), String(Math.round(count / Math.max(0.001, run.seconds[kind]!)))])
console.log(renderTable(['KIND', 'INPUTS', 'FINDINGS', 'A SECOND'], rows, false))
console.log(`${total} inputs, ${run.findings.length + (greedy ? 1 : 0)} findings, seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s, ${mib} MiB`)
process.exit(run.findings.length > 0 || greedy || total < inputs && only === undefined ? 1 : 0)
