// npm test: sets up what the tests need, checks types and lint, runs every test, and ends with one plain line.
// Arguments name files or folders under test/ to run only these. With --full (npm run test:full) also those of test/full, which take too long for every day.
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { prepareUml } from '../labctl/rehearsal/uml/prepare-uml.ts'
import { builtImage, builtRamdisk } from '../test/lib/cache.ts'
import { installedKsvalidator } from '../test/lib/ksvalidator.ts'
import { fullTestPackages, installSystemPackages, systemPackages } from './system-packages.ts'

const longTests = ['test/e2e', 'test/full']
const full = process.argv.includes('--full')
const wanted = process.argv.slice(2).filter(argument => argument !== '--full')
const all = wanted.length === 0 ? ['test'] : wanted
const onlyByName = (file: string) => !full && file.startsWith('test/full/') && !wanted.some(path => path.startsWith('test/full'))
const files = all.flatMap(path => path.endsWith('.test.ts') ? [path] : globSync(`${path}/**/*.test.ts`)).filter(file => !onlyByName(file)).toSorted()
// Not the volume scenarios: these are two guests by themselves.
const isUml = (file: string) => basename(file).startsWith('uml-')
const isLong = (file: string) => longTests.some(folder => file.startsWith(`${folder}/`))

installSystemPackages([...systemPackages, ...files.some(file => file.startsWith('test/full/')) ? fullTestPackages : []])
if (wanted.length === 0) execFileSync('node', ['scripts/check.ts'], { stdio: 'inherit' })
mkdirSync('.tap', { recursive: true })
// Some six hundred processes begin with the same modules. Only a process that ends by itself leaves its part there, which a daemon under test does not.
process.env['NODE_COMPILE_CACHE'] = resolve('.tap/compile-cache')
for (const program of ['bastion/main.ts', 'labctl/main.ts']) execFileSync('node', [program, '--version'], { stdio: 'ignore' })
const log = createWriteStream('.tap/last-run.tap')
const total = { passed: 0, failed: 0 }
const failing: string[] = []
if (files.some(needsBuilds)) {
  const tell = (text: string) => { console.log(`  ${text}`) }
  console.log('Looking after the RAM disk, the root image and User-Mode Linux (built once, kept in the cache) ...')
  await builtRamdisk(everyTenth(tell))
  await builtImage('debian-13', everyTenth(tell))
  await prepareUml(process.env, tell)
}
if (files.some(file => /ksvalidator/.test(readFileSync(file, 'utf8')))) await installedKsvalidator(text => { console.log(`  ${text}`) })
// An emulated machine has both cores to itself: two by two they take as long. A User-Mode Linux guest stays on one.
await runTap(files.filter(file => !isLong(file)), 2)
await runTap(files.filter(file => isLong(file) && !isUml(file)), 1)
await runTap(files.filter(file => isLong(file) && isUml(file)), 2)
for (const name of failing) console.log(`FAILED: ${name}`)
if (failing.length > 0) console.log('The whole output is in .tap/last-run.tap')
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function needsBuilds(file: string): boolean {
  return isLong(file) || /builtRamdisk|builtImage/.test(readFileSync(file, 'utf8'))
}

/** Builds tell of each percent; a log wants a line now and then. */
function everyTenth(tell: (text: string) => void): (text: string) => void {
  let last = ''
  return text => {
    const line = text.replace(/(\d+) % /, (_, percent: string) => `${Math.floor(Number(percent) / 10) * 10} % `)
    if (line !== last) tell(line)
    last = line
  }
}

async function runTap(paths: readonly string[], jobs: number): Promise<void> {
  if (paths.length === 0) return
  const child = spawn('tap', ['run', '--reporter=tap', `--jobs=${jobs}`, '--timeout=1500', ...paths], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1' } })
  let section: string[] = []
  let counted = false
  const ended = new Promise<number | null>(resolve => { child.once('close', resolve) })
  for await (const line of createInterface({ input: child.stdout })) {
    log.write(`${line}\n`)
    section.push(line)
    const file = /^(not )?ok \d+ - (\S.*?)( # time=.*)?$/.exec(line)
    if (file !== null) {
      console.log(`${file[1] === undefined ? 'ok    ' : 'FAILED'} ${file[2]}${file[3] ?? ''}`)
      if (file[1] !== undefined) {
        failing.push(file[2]!)
        console.log(section.join('\n'))
      }
      section = []
    }
    const counts = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/.exec(line)
    if (counts !== null) {
      counted = true
      total.passed += Number(counts[2] ?? 0)
      total.failed += Number(counts[3] ?? 0)
    }
  }
  const code = await ended
  if (code !== 0 && (total.failed === 0 || !counted)) total.failed += 1
}
