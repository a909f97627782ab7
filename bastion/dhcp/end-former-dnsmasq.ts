// Ends a dnsmasq that a bastion which was killed has left behind: two of them on one interface would share the machines' packets.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ends every dnsmasq that runs with exactly this configuration file, by TERM and after two seconds by KILL; gives their process ids. */
export async function endFormerDnsmasq(configPath: string): Promise<number[]> {
  const former = runningWith(configPath)
  for (const pid of former) send(pid, 'SIGTERM')
  for (let waited = 0; waited < 2000 && runningWith(configPath).length > 0; waited += 50) await sleep(50)
  for (const pid of runningWith(configPath)) send(pid, 'SIGKILL')
  return former
}

function runningWith(configPath: string): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return words.includes(`--conf-file=${configPath}`) && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('dnsmasq')
    } catch {
      return false
    }
  })
}

function send(pid: number, signal: NodeJS.Signals): void {
  try { process.kill(pid, signal) } catch { /* It has ended meanwhile, or is another user's; then the port stays taken and dnsmasq says so. */ }
}
