import { readdirSync, readFileSync, statSync } from 'node:fs'
import { quoteShell } from '../platform/quote-shell.ts'
import { installerFiles } from './installer-files.ts'
import { packCpio, type CpioFile } from './pack-cpio.ts'
import type { Purpose } from './ticket-store.ts'

/** What one boot is told. */
export interface OverlayContent {
  purpose: Purpose
  controlUrl: string
  bootUrl: string
  /** SHA-256 pins of the control plane's key and its spare, base64. */
  pins: readonly string[]
  epochSeconds: number
  afterwards: string
  bearer: string
  /** `ADDRESS:PORT` of the log intake; null where there is none. */
  logIntake?: string | null
  /** For an installer in place of the RAM disk: the kickstart, which holds no secret. */
  kickstart?: string | null
}

const folder = new URL('../../templates/overlay/', import.meta.url)
const scripts = readdirSync(folder).filter(name => name === 'start' || name.endsWith('.sh')).toSorted()
  .map((name): CpioFile => ({ path: `labctl/${name}`, content: withoutComments(readFileSync(new URL(name, folder), 'utf8')), mode: statSync(new URL(name, folder)).mode & 0o755 }))

// Comments are for readers of the repository; each machine fetches the rest. The scripts have no here-documents, so a line that begins with # is one.
function withoutComments(text: string): Buffer {
  return Buffer.from(text.split('\n').filter((line, number) => number === 0 || !/^\s*#/.test(line)).join('\n'))
}

/** The per-boot overlay: the start script and what it needs to know, a few KB. The bearer stands in a file of mode 0600 and nowhere else. */
export function makeOverlay(content: OverlayContent): Buffer {
  const env = {
    LABCTL_PURPOSE: content.purpose,
    LABCTL_URL: content.controlUrl,
    LABCTL_BOOT_URL: content.bootUrl,
    LABCTL_PIN: content.pins.map(pin => `sha256//${pin}`).join(';'),
    LABCTL_EPOCH: String(content.epochSeconds),
    LABCTL_AFTERWARDS: content.afterwards,
    LABCTL_LOG: content.logIntake ?? '',
  }
  const lines = Object.entries(env).map(([key, value]) => `${key}=${quoteShell(value)}\n`).join('')
  return packCpio([
    ...scripts,
    { path: 'labctl/overlay.env', content: Buffer.from(lines), mode: 0o600 },
    { path: 'labctl/bearer.header', content: Buffer.from(`Authorization: Bearer ${content.bearer}\n`), mode: 0o600 },
    ...content.kickstart == null ? [] : installerFiles(content.kickstart),
  ])
}
