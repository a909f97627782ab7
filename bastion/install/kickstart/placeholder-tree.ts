// Decides which installation tree a name most probably means where none of that name is here: for plans that are made without one.
import type { Refusal } from '../../../protocol/refusal.ts'
import type { Tree } from '../../../protocol/tree-sources.ts'
import { decideKickstartVersion } from '../decide-kickstart-version.ts'

/** A tree of which nothing exists but what its name says (`fedora-43`, `centos-stream-10`); a refusal for a release that no kickstart is made for; null for a name that says no family. */
export function placeholderTree(name: string): Tree | Refusal | null {
  const [, family, release] = /^([a-z]+(?:-[a-z]+)*)-(\d{1,3}(?:\.\d{1,3})?)$/.exec(name) ?? []
  if (family === undefined) return null
  const decided = decideKickstartVersion(longNames[family] ?? family.replaceAll('-', ' '), release!)
  if ('because' in decided) return decided.code === 'os-family' ? null : decided
  const file = { path: 'placeholder', sizeBytes: 0, sha256: '0'.repeat(64) }
  return {
    version: 1, name, url: '', family, release: release!, kickstart: decided.version, architecture: 'x86_64', treeinfoSha256: file.sha256, treeinfoBytes: 0, kernel: file, initrd: file, stage2: file, repositories: [], addedAt: 0,
  }
}

const longNames: Record<string, string> = { alma: 'AlmaLinux', rocky: 'Rocky Linux', oracle: 'Oracle Linux', centos: 'CentOS Stream' }
