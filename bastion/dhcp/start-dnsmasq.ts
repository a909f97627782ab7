// Runs dnsmasq: configuration written, checked by dnsmasq itself, put in place; started, watched, restarted.
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { BastionError } from '../platform/bastion-error.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import { programError, runProgram } from '../platform/run-program.ts'
import { supervise, type SupervisedChild } from '../platform/supervise.ts'
import { writeAtomically } from '../platform/write-atomically.ts'
import { endFormerDnsmasq } from './end-former-dnsmasq.ts'
import { reportDnsmasqLines } from './report-dnsmasq-lines.ts'

/** `configuration`: the text of dnsmasq's configuration, kept as `dnsmasq.conf` in `stateDirectory`. `macOf`: who holds an address. `program`: dnsmasq, found by itself when not given. */
export interface DnsmasqSpec {
  configuration: string
  stateDirectory: string
  events: Events
  journal: Journal
  macOf: (address: string) => string | null
  program?: string
  backoffMs?: { first: number, most: number }
}

const debianPackage = 'dnsmasq-base'
const startWithinMs = 15_000

/** Starts dnsmasq and keeps it running; resolves once it serves. Refuses a missing program, a configuration that `dnsmasq --test` refuses (`BST_DNSMASQ_CONFIG`), and a dnsmasq that ends while starting (`BST_PORT_TAKEN`, `BST_PROGRAM_FAILED`). It runs as the bastion's own user: it drops no privileges, so that the state folder can stay closed to others and a user namespace with one id is enough. */
export async function startDnsmasq(spec: DnsmasqSpec): Promise<SupervisedChild> {
  const path = join(spec.stateDirectory, 'dnsmasq.conf')
  const program = spec.program ?? findDnsmasq()
  const errors: string[] = []
  const started = Promise.withResolvers<boolean>()
  for (const pid of await endFormerDnsmasq(path)) spec.journal.warn({ pid }, 'A dnsmasq of an earlier bastion was still running and was ended.')
  const child = await supervise({
    name: 'dnsmasq', file: program, package: debianPackage,
    args: [`--conf-file=${path}`, '--no-daemon', '--log-facility=-'],
    check: () => putConfiguration(program, path, spec.configuration),
    onLine: reportDnsmasqLines({ ...spec, onStarted: () => { started.resolve(true) }, onError: text => { errors.push(text); errors.splice(0, errors.length - 8) } }),
    onState: (state, text) => {
      spec.journal[state === 'died' ? 'error' : 'info'](text)
      spec.events.publish({ kind: 'child', name: 'dnsmasq', state, text })
      if (state === 'died') started.resolve(false)
    },
    ...(spec.backoffMs === undefined ? {} : { backoffMs: spec.backoffMs }),
  })
  const timer = setTimeout(() => { started.resolve(false) }, startWithinMs)
  const serves = await started.promise
  clearTimeout(timer)
  if (serves) return child
  await child.stop(2000)
  throw startError(child.because ?? `dnsmasq did not say within ${startWithinMs / 1000} s that it has started`, errors)
}

async function putConfiguration(program: string, path: string, configuration: string): Promise<void> {
  writeAtomically(`${path}.new`, configuration, 0o600)
  try {
    await runProgram(program, ['--test', `--conf-file=${path}.new`], { timeoutMs: 10_000, package: debianPackage })
  } catch (error) {
    if (error instanceof BastionError && error.code === 'BST_PROGRAM_MISSING') throw error
    throw new BastionError('BST_DNSMASQ_CONFIG', `dnsmasq refuses the configuration rendered for it: ${error instanceof Error ? error.message : String(error)}`, { cause: error, nextStep: `Look at ${path}.new and at dhcp in bastion.yaml.` })
  }
  renameSync(`${path}.new`, path)
}

function startError(because: string, errors: readonly string[]): BastionError {
  const text = [because, ...errors].join('\n')
  if (/Address already in use/i.test(text)) return new BastionError('BST_PORT_TAKEN', text, { nextStep: 'Another program has UDP port 67, 69 or (proxy) 4011: ss -lnup "( sport = 67 or sport = 69 or sport = 4011 )"' })
  if (/Permission denied|Operation not permitted/i.test(text)) return new BastionError('BST_PROGRAM_FAILED', text, { nextStep: 'dnsmasq needs CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW: run the bastion by its systemd unit, as root, or in a network namespace of its own.' })
  return new BastionError('BST_PROGRAM_FAILED', text, { nextStep: 'Check dhcp in bastion.yaml and the interface: ip address show' })
}

/** dnsmasq lives in /usr/sbin, which an ordinary user's PATH lacks on Debian. */
function findDnsmasq(): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']
  const path = folders.map(folder => join(folder, 'dnsmasq')).find(file => file.startsWith('/') && existsSync(file))
  if (path === undefined) throw programError('dnsmasq', debianPackage, { code: 'ENOENT' })
  return path
}
