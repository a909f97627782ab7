// The real ksvalidator, from pykickstart, the library with which Anaconda reads Kickstart files.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.ts'

const run = promisify(execFile)
const wanted = 'pykickstart==3.78'
/** What it needs, as wheels in plain Python: they run under any. */
const needed = ['requests==2.34.2', 'urllib3==2.8.0', 'idna==3.20', 'certifi==2026.10.18', 'charset-normalizer==3.5.2', '--only-binary=:all:', '--implementation=py', '--platform=any', '--abi=none']
const folder = join(cacheFolder, wanted.replace('==', '-'))

/** Installs ksvalidator into the cache unless it is there; afterwards no network is needed. */
export async function installedKsvalidator(tell: (text: string) => void = () => undefined): Promise<void> {
  if (existsSync(folder)) return
  tell(`Installing ${wanted} from PyPI (once) ...`)
  mkdirSync(cacheFolder, { recursive: true })
  const begun = mkdtempSync(`${folder}.`)
  try {
    for (const packages of [[wanted], needed]) await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-deps', `--target=${begun}`, ...packages])
    renameSync(begun, folder)
  } catch (error) {
    rmSync(begun, { recursive: true, force: true })
    // Another test was faster.
    if (!existsSync(folder)) throw error
  }
}

/** What ksvalidator says of this text: null when nothing, else its complaints. `version` as in `ksvalidator -l`: F42, RHEL9 ... `more`: options of its own, as `--followincludes`, with which it reads as Anaconda does after %pre. */
export async function complaintsOf(text: string, version: string, scratch: string, more: readonly string[] = []): Promise<string | null> {
  await installedKsvalidator()
  const file = join(scratch, `${version}.ks`)
  writeFileSync(file, text)
  const ended = await run('python3', ['-B', join(folder, 'bin', 'ksvalidator'), ...more, '-v', version, file], { env: { ...process.env, PYTHONPATH: folder } }).then(() => null, (error: { code: unknown, stdout: string, stderr: string }) => error)
  if (ended === null) return null
  if (typeof ended.code !== 'number') throw new Error(`ksvalidator could not be run: ${JSON.stringify(ended)}`)
  return `${ended.stdout}${ended.stderr}`
}
