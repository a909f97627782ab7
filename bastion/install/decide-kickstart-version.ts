// Decides which Kickstart a release of the Fedora and RHEL families understands, for sources and for files rendered for them.
import type { Refusal } from '../../protocol/refusal.ts'

/** A version as pykickstart names it, with the family that decides what Anaconda does. */
export interface KickstartVersion { version: string, family: 'fedora' | 'rhel', major: number }

/** Rebuilds of RHEL and what becomes it: they speak its Kickstart. */
const rhelFamily = /^(red hat enterprise linux|rhel|centos( stream)?|almalinux|rocky linux|rocky|oracle linux( server)?)$/i
const known = { fedora: [42, 43, 44, 45], rhel: [9, 10] } as const

/** The version, from what a .treeinfo says of family and release (`Fedora`, `43`; `AlmaLinux`, `9.6`). Refuses families and releases that this bastion's kickstarts were not made for. */
export function decideKickstartVersion(family: string, release: string): KickstartVersion | Refusal {
  const kind = /^fedora( linux)?$/i.test(family) ? 'fedora' : rhelFamily.test(family) ? 'rhel' : null
  const major = Number(/^(\d{1,3})(\.\d+)*(-\S+)?$/.exec(release)?.[1] ?? Number.NaN)
  const named = `${family} ${release}`.slice(0, 80)
  const nextStep = `Known are Fedora ${list(known.fedora)} and RHEL, CentOS Stream, AlmaLinux, Rocky Linux and Oracle Linux ${list(known.rhel)}.`
  if (kind === null) return { code: 'os-family', because: `${JSON.stringify(named)} is of neither the Fedora nor the RHEL family.`, nextStep }
  if (!(known[kind] as readonly number[]).includes(major)) return { code: 'os-release', because: `${JSON.stringify(named)} is not a release that kickstarts are made for here.`, nextStep }
  return { version: kind === 'fedora' ? `F${major}` : `RHEL${major}`, family: kind, major }
}

function list(releases: readonly number[]): string {
  return `${releases.slice(0, -1).join(', ')} and ${releases.at(-1)}`
}
