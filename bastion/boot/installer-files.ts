// What the overlay holds beside the usual where an installer is started in place of the RAM disk.
import { readFileSync } from 'node:fs'
import type { CpioFile } from './pack-cpio.ts'

const file = (name: string): Buffer => readFileSync(new URL(`../../templates/installer/${name}`, import.meta.url))
const script = (name: string): Buffer => file(`${name}.sh`)
const [before, packages, error, keep, timeout, renew] = [script('kickstart-pre'), script('kickstart-packages'), script('kickstart-error'), script('pre-pivot'), script('timeout'), file('renew-lease.py')]

/** The kickstart, its scripts, and the hook by which dracut takes the overlay along. Hooks lie in `/lib/dracut/hooks` up to dracut 101 and in `/var/lib/dracut/hooks` since 102; in between the former is a link to the latter (dracut-ng pull requests 194 and 1752). An entry for `lib`, or for a folder that is a link, would replace it, so the older place gets the file alone. */
export function installerFiles(kickstart: string): CpioFile[] {
  const hook = { content: keep, mode: 0o755 }
  return [
    { path: 'labctl/labctl.ks', content: Buffer.from(kickstart), mode: 0o600 },
    { path: 'labctl/kickstart-pre.sh', content: before, mode: 0o644 },
    { path: 'labctl/kickstart-packages.sh', content: packages, mode: 0o644 },
    { path: 'labctl/kickstart-error.sh', content: error, mode: 0o644 },
    { path: 'labctl/renew-lease.py', content: renew, mode: 0o644 },
    { path: 'labctl/bin/timeout', content: timeout, mode: 0o755 },
    { path: 'var/lib/dracut/hooks/pre-pivot/50-labctl.sh', ...hook },
    { path: 'usr/lib/dracut/hooks/pre-pivot/50-labctl.sh', ...hook, intoFolder: true },
  ]
}
