// Looks who else answers on the interface before dnsmasq does, and in proxy mode goes on looking while nobody leases addresses.
import { BastionError } from '../platform/bastion-error.ts'
import type { Journal } from '../platform/journal.ts'
import { findForeignDhcp } from './find-foreign-dhcp.ts'
import { judgeForeignDhcp } from './judge-foreign-dhcp.ts'

/** `probeMs`: how long to listen. `againMs`: how long until the next look, in milliseconds. */
export interface ForeignWatch {
  mode: 'server' | 'proxy'
  interfaceName: string
  allowed: boolean
  journal: Journal
  probeMs?: number
  againMs?: number
}

/** Looks once, says in the journal what was found, and gives how the network is. Refuses with `BST_FOREIGN_DHCP` where the bastion must not answer. */
export async function watchForeignDhcp(watch: ForeignWatch): Promise<{ say: () => string, stop: () => void }> {
  let now = await look(watch)
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  // A whole site that gets its power back: the bastion may be up before the router is.
  const again = () => {
    if (watch.mode !== 'proxy' || !now.alone || stopped) return
    timer = setTimeout(() => {
      const before = now.say
      look(watch, said => said !== before).then(next => { now = next }, (error: unknown) => { watch.journal.warn({ err: error }, 'could not look for DHCP servers; tried again later') }).finally(again)
    }, watch.againMs ?? 60_000)
    timer.unref()
  }
  again()
  return { say: () => now.say, stop: () => { stopped = true; if (timer !== null) clearTimeout(timer) } }
}

async function look({ mode, interfaceName, allowed, journal, probeMs }: ForeignWatch, news: (said: string) => boolean = () => true): Promise<{ say: string, alone: boolean }> {
  const servers = await findForeignDhcp(interfaceName, probeMs === undefined ? {} : { timeoutMs: probeMs })
  const judged = judgeForeignDhcp(mode, interfaceName, servers, allowed)
  if (judged.kind === 'refusal') throw new BastionError('BST_FOREIGN_DHCP', judged.refusal.because, { nextStep: judged.refusal.nextStep })
  if (news(judged.say)) journal[judged.warn ? 'warn' : 'info']({ servers }, judged.say)
  return judged
}
