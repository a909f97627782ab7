// npm run test:volumes: every scenario of the volume lab, a line each, then the bytes lost, and how many passed.
import { parseArgs } from 'node:util'
import { allWork } from './all-work.ts'
import { runImages } from './images-mode.ts'
import { runAll } from './run-all.ts'
import { unproven } from './unproven.ts'

const usage = `npm run test:volumes -- [--only PATTERN]      the scenarios and power cuts whose id fits a regular expression
npm run test:volumes -- --images DIR --order install|reprovision --layout FILE [--record FILE]
                        [--accept OVERRIDE]… [--wipe DISK]… [--firmware bios|uefi] [--facts-only]
                                               an order on the disk images in DIR, in place; DIR/disks.json names them`

/** Arguments in, exit code out. */
export async function runVolumes(args: readonly string[]): Promise<number> {
  // An interrupted run leaves no images behind, either.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { process.exit(130) })
  const text = { type: 'string' } as const
  const several = { type: 'string', multiple: true } as const
  const no = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({ args: [...args], options: {
      'only': text, 'labs': { type: 'string', default: '2' }, 'help': no,
      'images': text, 'order': text, 'layout': text, 'record': text, 'role': text, 'firmware': text, 'accept': several, 'wipe': several, 'facts-only': no,
    } })
    if (values.help) return say(usage, 0)
    const { images, 'facts-only': factsOnly, accept = [], wipe = [], only, labs, help: _, ...more } = values
    return images === undefined ? await runScenarios(only, Number(labs)) : await runImages({ ...more, images, accept, wipe, factsOnly }, line => { console.log(line) })
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    return say(`${(error as Error).message}\n${usage}`, 2)
  }
}

async function runScenarios(only: string | undefined, labs: number): Promise<number> {
  const pattern = only === undefined ? null : new RegExp(only)
  const total = { passed: 0, failed: 0, bytesLost: 0 }
  await runAll(allWork().filter(({ id }) => pattern === null ? !unproven.includes(id) : pattern.test(id)), labs, ({ id, title, result, seconds }) => {
    const good = result.problems.length === 0
    total[good ? 'passed' : 'failed'] += 1
    total.bytesLost += result.bytesLost
    console.log(`${good ? 'ok    ' : 'FAILED'} ${id}: ${title} (${result.outcome}, ${seconds.toFixed(1)} s)`)
    for (const problem of result.problems) console.log(`       ${problem.replaceAll('\n', '\n       ')}`)
  })
  if (pattern === null && unproven.length > 0) console.log(`Not run, since they were never seen to end as expected (test/volumes/unproven.ts): ${unproven.join(', ')}`)
  console.log(`${total.bytesLost} bytes lost`)
  return say(`${total.passed} passed, ${total.failed} failed`, total.failed > 0 || total.passed === 0 ? 1 : 0)
}

function say(text: string, code: number): number {
  console.log(text)
  return code
}

// As a program of its own, where everything it needs is there already.
if (import.meta.main) process.exit(await runVolumes(process.argv.slice(2)))
