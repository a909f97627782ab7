// Decides where the packages of a Debian release are fetched from, for the builds of the RAM disk and root images.
import type { Refusal } from '../../protocol/refusal.ts'
import type { AptSource } from './parse-apt-sources.ts'

/** One place to fetch from. `needed`: without it there is no build; the others hold updates, and may be missing. */
export interface MirrorPart { uri: string, suite: string, needed: boolean }
/** All places of one release, and the keyring that vouches for them. */
export interface Mirror { suite: string, parts: MirrorPart[], keyring: string }
/** What the operator gave; null where the host decides. */
export interface MirrorWish { mirror: string | null, securityMirror: string | null, keyring: string | null }

const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const debianSuite = /^(?:buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)(-updates|-security)?$/

/** The mirror of `suite`: the one given, else the host's own apt sources with their release replaced by `suite`. Refuses a host that knows no Debian mirror. */
export function planMirror(sources: readonly AptSource[], wish: MirrorWish, suite: string): Mirror | Refusal {
  if (wish.mirror !== null) {
    const parts = [{ uri: wish.mirror, suite, needed: true }]
    if (wish.securityMirror !== null) parts.push({ uri: wish.securityMirror, suite: `${suite}-security`, needed: true })
    return { suite, parts, keyring: wish.keyring ?? debianKeyring }
  }
  const parts = new Map<string, MirrorPart>()
  let keyring: string | null = null
  for (const source of sources) {
    if (!source.components.includes('main')) continue
    for (const hostSuite of source.suites) {
      const match = debianSuite.exec(hostSuite)
      if (match === null) continue
      const extra = match[1] ?? ''
      for (const uri of source.uris) parts.set(`${uri} ${extra}`, { uri, suite: `${suite}${extra}`, needed: extra === '' })
      if (extra === '') keyring ??= source.signedBy
    }
  }
  const found = [...parts.values()].toSorted((a, b) => Number(b.needed) - Number(a.needed))
  if (found[0]?.needed !== true) {
    return { code: 'no-mirror', because: 'The apt configuration of this host names no Debian mirror with the component main.', nextStep: 'Name one as build.mirror in bastion.yaml (its signatures are checked with build.keyring).' }
  }
  return { suite, parts: found, keyring: wish.keyring ?? keyring ?? debianKeyring }
}

/** A file of deb822 sources (sources.list(5)) for these parts and components. */
export function renderAptSources(parts: readonly MirrorPart[], components: readonly string[], keyring: string): string {
  return parts.map(part => `Types: deb\nURIs: ${part.uri}\nSuites: ${part.suite}\nComponents: ${components.join(' ')}\nSigned-By: ${keyring}\n`).join('\n')
}
