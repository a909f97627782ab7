// Decides what is missing of a bastion's own things on a host, and the command that mends it.
import type { HostFacts } from './host-facts.ts'
import type { Finding } from './judge-host.ts'
import type { FolderFact } from './service-facts.ts'

/** Less than this is filled by a day of logs and timelines. */
const leastFreeBytes = 256 * 1024 ** 2
const toleranceMs = 60_000

/** What doctor shows of them. */
export function judgeService(facts: HostFacts): Finding[] {
  return [...facts.service.folders.map(folder => judgeFolder(folder, facts)), ...judgeSpace(facts), judgeClock(facts), ...judgePreflight(facts), ...judgeDamaged(facts), ...judgeFailing(facts), ...judgeEnded(facts)]
}

function judgeFolder({ name, path, writable, made, owner }: FolderFact, { bastion }: HostFacts): Finding {
  const what = `${name} folder`
  if (writable) return { what, status: 'ok', neededFor: ['bastion'], detail: made ? path : `${path}: not made yet, and can be`, fix: null }
  // The service has a user of its own, whose folders are nobody else's.
  if (bastion.state === 'answers') return { what, status: 'note', neededFor: ['bastion'], detail: `${path}: you may not write to it, but the bastion runs`, fix: null }
  return { what, status: 'missing', neededFor: ['bastion'], detail: `${path} ${made ? '' : 'is not there, and the folder above it '}can’t be written to by you${owner === null ? '' : ` (it is ${owner}’s)`}`, fix: `sudo install -d -m 700 -o "$(id -un)" ${path}` }
}

function judgeSpace({ freeDiskBytes, config }: HostFacts): Finding[] {
  if (config === null || freeDiskBytes === null || freeDiskBytes >= leastFreeBytes) return []
  return [{ what: 'space for state', status: 'missing', neededFor: ['bastion'], detail: `only ${Math.floor(freeDiskBytes / 1024 ** 2)} MiB are free where the bastion keeps its state: it refuses orders when it can’t write`, fix: 'labctl os list; then labctl os remove NAME' }]
}

function judgeClock({ service: { clock: { nowMs, newestMs, newest, synchronized } } }: HostFacts): Finding {
  const base = { what: 'clock', neededFor: ['bastion', 'build'] as const }
  const now = new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')
  if (newestMs > nowMs + toleranceMs) return { ...base, status: 'missing', detail: `it says ${now} UTC, but ${newest} was written later, at ${new Date(newestMs).toISOString().slice(0, 16).replace('T', ' ')} UTC: machines take their clock from here`, fix: 'timedatectl set-ntp true' }
  if (synchronized === false) return { ...base, status: 'warning', detail: `${now} UTC, and no time server keeps it right: machines take their clock from here`, fix: 'timedatectl set-ntp true' }
  return { ...base, status: 'ok', detail: `${now} UTC${synchronized === true ? ', kept right by a time server' : ''}`, fix: null }
}

function judgePreflight({ service: { preflight } }: HostFacts): Finding[] {
  return (preflight ?? []).map(({ what, state, because, nextStep }) => ({ what, status: state === 'unknown' ? 'note' : state, neededFor: ['bastion'], detail: because, fix: nextStep }))
}

function judgeDamaged({ service: { damaged }, config }: HostFacts): Finding[] {
  return damaged.map(({ build, file }) => ({ what: build, status: 'missing', neededFor: ['bastion'], detail: `${file} is not as it was built: it is gone or has another size`, fix: build === 'RAM disk' ? `labctl-bastion build ramdisk --config ${config ?? 'FILE'}` : `labctl os add ${build.replace('image ', '')}` }))
}

function judgeFailing({ service: { failing } }: HostFacts): Finding[] {
  return failing.map(({ name, because }) => ({ what: `bastion: ${name}`, status: 'missing', neededFor: ['bastion'], detail: because, fix: 'labctl doctor; the bastion’s log has more' }))
}

function judgeEnded({ service: { ended }, bastion }: HostFacts): Finding[] {
  if (ended === null || bastion.state === 'answers') return []
  return [{ what: 'standalone bastion', status: 'missing', neededFor: ['bastion'], detail: `it was started here and runs no more${ended.words === '' ? '' : `; its last words: ${ended.words}`}`, fix: `tail ${ended.log}; labctl init bastion standalone start` }]
}
