// Types and lint, as CI checks them.
import { execFileSync } from 'node:child_process'

for (const [program, ...args] of [['tsc', '-p', '.'], ['oxlint', '--quiet']] as const) {
  try { execFileSync(program, args, { stdio: 'inherit' }) } catch {
    console.error(`${program} found mistakes.`)
    process.exit(1)
  }
}
