// Gives a test a network namespace of its own, and machines in namespaces of theirs, joined by virtual cables. Nothing outlives the test.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../../bastion/platform/run-program.ts'

/** Runs the calling test file again inside a new network namespace (and, for an ordinary user, a user namespace), and ends this process with its exit code; returns when already inside. `url`: the test's `import.meta.url`. */
export async function ownNetwork(url: string): Promise<void> {
  if (process.env['LABCTL_TEST_NETWORK'] === readlinkSync('/proc/self/ns/net')) return
  const flags = process.getuid!() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net']
  const again = [process.execPath, ...process.execArgv, fileURLToPath(url)]
  const child = spawn('unshare', [...flags, 'sh', '-c', 'ip link set lo up && LABCTL_TEST_NETWORK=$(readlink /proc/self/ns/net) exec "$@"', 'sh', ...again], { stdio: 'inherit' })
  const [code] = await once(child, 'exit') as [number | null]
  process.exit(code ?? 1)
}

/** Runs a program to its end and gives what it printed; throws with it when it fails. */
export async function run(file: string, ...args: string[]): Promise<string> {
  return (await runProgram(file, args, { timeoutMs: 60_000 })).stdout
}

/** A machine on the far end of a cable. `interface`: its end; `enter`: the words that run a program inside. */
export interface CableEnd {
  interface: string
  enter: readonly string[]
  run: (file: string, ...args: string[]) => Promise<string>
  end: () => Promise<void>
}

/** Makes the interface `near` here with the address given (`10.0.0.1/24`), and a machine in a namespace of its own on the other end. */
export async function plugMachine(near: string, address: string | null): Promise<CableEnd> {
  const holder: ChildProcess = spawn('unshare', ['--net', 'sleep', '3600'], { stdio: 'ignore' })
  const pid = holder.pid!
  while (namespaceOf(pid) === namespaceOf(process.pid)) await sleep(5)
  const enter = ['nsenter', '--net', '--target', String(pid), '--']
  const inside = (file: string, ...args: string[]) => run(enter[0]!, ...enter.slice(1), file, ...args)
  await run('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid))
  if (address !== null) await run('ip', 'address', 'add', address, 'dev', near)
  await run('ip', 'link', 'set', near, 'up')
  await inside('ip', 'link', 'set', 'lo', 'up')
  await inside('ip', 'link', 'set', 'eth0', 'up')
  return {
    interface: 'eth0', enter, run: inside,
    async end() {
      await run('ip', 'link', 'delete', near)
      holder.kill('SIGKILL')
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit')
    },
  }
}

function namespaceOf(pid: number): string {
  try { return readlinkSync(`/proc/${pid}/ns/net`) } catch { return namespaceOf(process.pid) }
}
