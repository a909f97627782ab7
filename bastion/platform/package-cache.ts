import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BastionError } from './bastion-error.ts'
import { parseAptPlan, parseDownloadPercent, type PlannedPackage } from './parse-build-output.ts'
import { renderAptSources, type Mirror, type MirrorPart } from './plan-mirror.ts'
import { runLines } from './run-lines.ts'
import { runProgram } from './run-program.ts'

/** Debian packages fetched by apt into a folder of our own, apart from the host's: lists, plans and downloads need no rights and survive an interruption. */
export class PackageCache {
  readonly directory: string
  readonly mirror: Mirror
  readonly components: readonly string[]
  /** Parts of the mirror that answered; set by `update`. */
  parts: readonly MirrorPart[]
  /** apt.conf(5) lines of the host that reaching a mirror may need: proxies, certificates, time-outs. */
  hostOptions: readonly string[] = []

  constructor(directory: string, mirror: Mirror, components: readonly string[]) {
    this.directory = directory
    this.mirror = mirror
    this.components = components
    this.parts = mirror.parts
  }

  get lists(): string { return join(this.directory, 'lists') }
  get archives(): string { return join(this.directory, 'archives') }
  get sourcesFile(): string { return join(this.directory, 'labctl.sources') }
  get #env(): Record<string, string> { return { APT_CONFIG: join(this.directory, 'apt.conf'), LC_ALL: 'C' } }

  /** Fetches the mirror's lists. Updates and security archives that don't answer are left out, with a word to `onNote`; refuses when a needed one doesn't. */
  async update(onNote: (note: string) => void, signal?: AbortSignal): Promise<void> {
    await this.#configure()
    const failure = await this.#update(this.mirror.parts, signal)
    if (failure === null) return
    const needed = this.mirror.parts.filter(part => part.needed)
    const again = needed.length < this.mirror.parts.length ? await this.#update(needed, signal) : failure
    if (again !== null) throw new BastionError('BST_MIRROR_UNREACHABLE', `The lists of ${needed.map(part => `${part.uri} ${part.suite}`).join(' and ')} could not be fetched: ${again}`, { nextStep: 'Check this host’s apt sources, or name a mirror as build.mirror.' })
    onNote(`Building without updates and security archives, which did not answer: ${failure}`)
  }

  /** What installing `packages` (apt patterns too) into an empty system means, by name. */
  async plan(packages: readonly string[]): Promise<PlannedPackage[]> {
    const { stdout } = await runProgram('apt-get', ['--simulate', 'install', ...packages], { timeoutMs: 120_000, package: 'apt', env: this.#env })
    return parseAptPlan(stdout)
  }

  /** Those of `names` that the mirror has; one sentence about the others, with what follows from it, goes to `onNote`. */
  async knownOf(names: readonly string[], consequence: string, onNote: (note: string) => void): Promise<string[]> {
    const { stdout } = await runProgram('apt-cache', ['policy', ...names], { timeoutMs: 60_000, package: 'apt', env: this.#env })
    const known = names.filter(name => new RegExp(`^${RegExp.escape(name)}:\\n.*\\n  Candidate: (?!\\(none\\))`, 'm').test(stdout))
    if (known.length < names.length) onNote(`The mirror has no ${names.filter(name => !known.includes(name)).join(', ')} (component non-free-firmware?): ${consequence}.`)
    return known
  }

  /** Fetches the packages of a plan that aren't there yet, checked against the signed lists; half-fetched ones are gone on with. */
  async download(packages: readonly string[], onPercent: (percent: number) => void, signal?: AbortSignal): Promise<void> {
    await runLines('apt-get', ['-qq', '--yes', '--download-only', '-o', 'APT::Status-Fd=1', 'install', ...packages], {
      timeoutMs: 3_600_000, package: 'apt', env: this.#env, signal,
      onLine(line) {
        const percent = parseDownloadPercent(line)
        if (percent !== null) onPercent(percent)
      },
    })
    await runProgram('apt-get', ['-qq', 'autoclean'], { timeoutMs: 60_000, package: 'apt', env: this.#env })
  }

  async #update(parts: readonly MirrorPart[], signal?: AbortSignal): Promise<string | null> {
    writeFileSync(this.sourcesFile, renderAptSources(parts, this.components, this.mirror.keyring))
    this.parts = parts
    const errors: string[] = []
    try {
      await runLines('apt-get', ['-q', 'update', '--error-on=any'], { timeoutMs: 300_000, package: 'apt', env: this.#env, signal, onLine: line => { if (line.startsWith('E:') || line.startsWith('Err:')) errors.push(line) } })
      return null
    } catch (error) {
      if (errors.length === 0) throw error
      return errors.slice(0, 4).join(' ')
    }
  }

  async #configure(): Promise<void> {
    for (const name of ['lists/partial', 'archives/partial', 'empty', 'log']) mkdirSync(join(this.directory, name), { recursive: true })
    writeFileSync(join(this.directory, 'empty', 'status'), '')
    const { stdout } = await runProgram('apt-config', ['dump'], { timeoutMs: 30_000, package: 'apt', env: { LC_ALL: 'C' } })
    this.hostOptions = stdout.split('\n').filter(line => /^Acquire::(https?::|Check-Valid-Until |Check-Date |Retries |ForceIPv[46] )/.test(line) && !line.endsWith(' "";'))
    const own = {
      'Dir': `${this.directory}/`, 'Dir::State': this.directory, 'Dir::State::lists': `${this.lists}/`, 'Dir::State::status': join(this.directory, 'empty/status'),
      'Dir::Cache': this.directory, 'Dir::Cache::archives': `${this.archives}/`, 'Dir::Etc': join(this.directory, 'empty'), 'Dir::Etc::sourcelist': this.sourcesFile,
      'Dir::Etc::sourceparts': '/dev/null', 'Dir::Etc::parts': join(this.directory, 'empty'), 'Dir::Etc::netrc': '/etc/apt/auth.conf', 'Dir::Etc::netrcparts': '/etc/apt/auth.conf.d/', 'Dir::Log': join(this.directory, 'log'),
      'APT::Architecture': 'amd64', 'APT::Install-Recommends': 'false', 'APT::Sandbox::User': 'root', 'Acquire::Languages': 'none', 'Debug::NoLocking': 'true',
    }
    writeFileSync(join(this.directory, 'apt.conf'), [...this.hostOptions, ...Object.entries(own).map(([key, value]) => `${key} ${JSON.stringify(value)};`), ''].join('\n'), { mode: 0o600 })
  }
}
