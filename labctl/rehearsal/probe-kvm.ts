// Decides by trial whether KVM is good for anything here: /dev/kvm may be there, open, and still kill every kernel.
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { MachineSpec } from './machine-spec.ts'
import { cacheDirectory } from './state-folder.ts'

/** `kvm` where a kernel boots with it within 15 s, else `tcg`, and why. The trial's outcome is kept until the host's kernel, its processor or the tried kernel changes. */
export async function chooseAccelerator(env: Readonly<Record<string, string | undefined>>, kernel: string): Promise<{ accelerator: MachineSpec['accelerator'], because: string }> {
  try { accessSync('/dev/kvm', constants.R_OK | constants.W_OK) } catch { return { accelerator: 'tcg', because: existsSync('/dev/kvm') ? '/dev/kvm may not be opened by this user' : 'there is no /dev/kvm' } }
  const processor = /^model name.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? ''
  const key = createHash('sha256').update(`${release()} ${processor} ${statSync(kernel).size}`).digest('hex')
  const path = join(cacheDirectory(env), 'kvm.json')
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as { key: string, boots: boolean } : null
  const boots = kept?.key === key ? kept.boots : await bootsKernel(kernel)
  mkdirSync(cacheDirectory(env), { recursive: true, mode: 0o700 })
  writeFileSync(path, JSON.stringify({ key, boots }), { mode: 0o600 })
  return boots ? { accelerator: 'kvm', because: 'a kernel boots with KVM' } : { accelerator: 'tcg', because: '/dev/kvm is there, but no kernel boots with it' }
}

/** A kernel without an initrd ends in a panic for want of a root; one that gets there has booted. */
async function bootsKernel(kernel: string): Promise<boolean> {
  const { stdout } = await execa('qemu-system-x86_64', [
    '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'pc', '-accel', 'kvm', '-cpu', 'host', '-smp', '2', '-m', '256', '-no-reboot', '-serial', 'stdio',
    '-kernel', kernel, '-append', 'console=ttyS0 panic=-1',
  ], { reject: false, stdin: 'ignore', timeout: 15_000, forceKillAfterDelay: 1000 })
  return /Unable to mount root fs|Kernel panic - not syncing: VFS|No working init/.test(stdout ?? '')
}
