// npm run test:volumes: every scenario of the volume lab, a line each, then the bytes lost, and how many passed.
import { parseArgs } from 'node:util'
import { allWork } from './all-work.ts'
import { runImages } from './images-mode.ts'
import { runAll } from './run-all.ts'

const text = { type: 'string' } as const
const several = { type: 'string', multiple: true, default: [] as string[] } as const
const { values: wish } = parseArgs({ options: {
  'only': text, 'labs': { type: 'string', default: '2' },
  'images': text, 'order': text, 'layout': text, 'record': text, 'role': text, 'firmware': text, 'accept': several, 'wipe': several, 'facts-only': { type: 'boolean', default: false },
} })
if (wish.images !== undefined) process.exit(await runImages({ ...wish, images: wish.images, accept: [...wish.accept], wipe: [...wish.wipe], factsOnly: wish['facts-only'] }, text => { console.log(text) }))
const pattern = wish.only === undefined ? null : new RegExp(wish.only)
const work = allWork().filter(({ id }) => pattern === null || pattern.test(id))
let passed = 0, failed = 0, bytesLost = 0
await runAll(work, Number(wish.labs), ({ id, title, result, seconds }) => {
  const good = result.problems.length === 0
  if (good) passed += 1
  else failed += 1
  bytesLost += result.bytesLost
  console.log(`${good ? 'ok    ' : 'FAILED'} ${id}: ${title} (${result.outcome}, ${seconds.toFixed(1)} s)`)
  for (const problem of result.problems) console.log(`       ${problem.replaceAll('\n', '\n       ')}`)
})
console.log(`${bytesLost} bytes lost`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
