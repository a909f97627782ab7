import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine } from './machine.ts'
import type { Rehearsal } from './rehearsal.ts'

/** How a run on a machine ended. */
export interface SshEnd { stdout: string, stderr: string, exitCode: number | null }

/** Options of {@link runOverSsh}. `key`: file of another private key than the rehearsal's. `options`: more of ssh_config(5), which come first. */
export interface SshWish { timeoutMs?: number, key?: string, options?: readonly string[], knownHosts?: string }

/** Runs a shell script as root on a machine, over SSH from inside the rehearsal's network. A host key that was seen before must be the same again. */
export async function runOverSsh(rehearsal: Rehearsal, machine: Machine, script: string, wish: SshWish = {}): Promise<SshEnd> {
  const address = await findAddress(rehearsal, machine)
  return await rehearsal.inside('ssh', ['-F', 'none', '-T', '-i', wish.key ?? rehearsal.folder.operatorKey,
    ...(wish.options ?? []).flatMap(option => ['-o', option]),
    '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-o', 'LogLevel=ERROR', '-o', 'IdentityAgent=none',
    '-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${wish.knownHosts ?? machine.files.knownHosts}`, '-o', 'GlobalKnownHostsFile=/dev/null', '-o', `HostKeyAlias=${machine.name}`,
    `root@${address}`, 'sh -s'], { input: script, timeoutMs: wish.timeoutMs ?? 60_000 })
}

/** The same, tried again while nobody answers; throws when the script fails. Gives what it printed. */
export async function demandOverSsh(rehearsal: Rehearsal, machine: Machine, script: string, deadlineMs: number, wish: SshWish = {}): Promise<string> {
  const until = Date.now() + deadlineMs
  for (;;) {
    const { stdout, stderr, exitCode } = await runOverSsh(rehearsal, machine, script, { timeoutMs: deadlineMs, ...wish })
    if (exitCode === 0) return stdout
    // 255 is ssh's own (ssh(1)), the rest the script's.
    if (exitCode !== 255 || Date.now() > until || /HOST IDENTIFICATION HAS CHANGED|Host key verification failed/.test(stderr)) throw new Error(`${machine.name}: over SSH the script ended with ${exitCode}: ${stderr.trim() || stdout.trim()}`)
    await sleep(2000)
  }
}

/** The address that the machine's network card has now, as the bridge's neighbour table and the bastion know it. */
async function findAddress(rehearsal: Rehearsal, machine: Machine): Promise<string> {
  const { stdout } = await rehearsal.inside('ip', ['-4', '-json', 'neigh', 'show'])
  const near = (JSON.parse(stdout === '' ? '[]' : stdout) as { dst: string, lladdr?: string, state: string[] }[]).filter(({ lladdr, state }) => lladdr === machine.mac && !state.includes('FAILED'))
  const reachable = near.find(({ state }) => state.includes('REACHABLE')) ?? near[0]
  const address = reachable?.dst ?? (await rehearsal.client().machine(machine.mac)).machine.address
  if (address === null) throw new Error(`${machine.name} has no address`)
  return address
}

