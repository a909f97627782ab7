// From the .treeinfo of an installation tree (productmd 1.x, INI) to what is installed from it; or why nothing may be.
import type { Refusal } from '../../protocol/refusal.ts'

/** A file of a tree, by its path below the tree's root, with the sum that the .treeinfo promises. */
export interface TreeFile { path: string, sha256: string }
/** What a .treeinfo says. `repositories`: paths of package repositories, relative to the tree's root; those of sister variants may begin with `../`. */
export interface TreeInfo {
  family: string
  release: string
  architecture: string
  kernel: TreeFile
  initrd: TreeFile
  stage2: TreeFile
  repositories: { id: string, path: string, repomdSha256: string | null }[]
}

const longestText = 256 * 1024
const nextStep = 'Give the URL of the folder that holds the .treeinfo of an installation tree, such as …/Server/x86_64/os/; if it is that, the mirror is broken: try another one.'

/** See the file's first line. Refuses what is no .treeinfo, files without a SHA-256, and paths that leave the tree. */
export function parseTreeinfo(text: string): { kind: 'tree', tree: TreeInfo } | { kind: 'refused', refusals: Refusal[] } {
  const refusals: Refusal[] = []
  const refuse = (code: string, because: string) => { refusals.push({ code, because, nextStep }) }
  if (text.length > longestText) return { kind: 'refused', refusals: [{ code: 'treeinfo-invalid', because: `The .treeinfo is larger than ${longestText / 1024} KiB.`, nextStep }] }
  const sections = parseIni(text)
  if (sections === null || sections.size === 0) return { kind: 'refused', refusals: [{ code: 'treeinfo-invalid', because: 'This is no .treeinfo: it is not a list of [sections] with lines of name = value.', nextStep }] }
  const value = (section: string, key: string): string | null => sections.get(section)?.get(key) || null
  const wanted = (what: string, found: string | null): string => {
    if (found === null) refuse('treeinfo-invalid', `The .treeinfo names no ${what}.`)
    return found ?? ''
  }
  const architecture = wanted('architecture', value('tree', 'arch') ?? value('general', 'arch'))
  const file = (what: string, path: string | null): TreeFile => {
    const found = wanted(what, path)
    if (found !== '' && !isInside(found)) refuse('treeinfo-path', `The .treeinfo names ${JSON.stringify(found)} as the ${what}, which is not a path inside the tree.`)
    const sum = value('checksums', found)
    const sha256 = /^sha256:([0-9a-f]{64})$/i.exec(sum ?? '')?.[1]?.toLowerCase()
    if (found !== '' && sha256 === undefined) refuse('treeinfo-checksum', sum === null ? `The .treeinfo has no checksum of the ${what} (${found}), so it could not be told from anything else.` : `The .treeinfo has ${JSON.stringify(sum.slice(0, 80))} as the checksum of the ${what}; wanted is sha256: and 64 digits.`)
    return { path: found, sha256: sha256 ?? '' }
  }
  const tree: TreeInfo = {
    family: wanted('family', value('release', 'name') ?? value('general', 'family')), release: wanted('release', value('release', 'version') ?? value('general', 'version')), architecture,
    kernel: file('kernel', value(`images-${architecture}`, 'kernel')), initrd: file('initrd', value(`images-${architecture}`, 'initrd')), stage2: file('installer (stage2)', value('stage2', 'mainimage')),
    repositories: repositoriesOf(sections),
  }
  for (const { id, path } of tree.repositories) if (!isRepository(path)) refuse('treeinfo-path', `The .treeinfo names ${JSON.stringify(path)} as the repository of ${id}, which is not a path beside or inside the tree.`)
  if (tree.repositories.length === 0) refuse('treeinfo-invalid', 'The .treeinfo names no package repository: it is of a medium that only starts an installer.')
  return refusals.length === 0 ? { kind: 'tree', tree } : { kind: 'refused', refusals }
}

type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>

/** As Python's configparser reads it, but for values of several lines, which a .treeinfo has not. Null for a line that is neither. */
function parseIni(text: string): Sections | null {
  const sections = new Map<string, Map<string, string>>()
  let section: Map<string, string> | null = null
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const title = /^\[([^\]]{1,200})\]$/.exec(line)?.[1]
    const pair = /^([^=]{1,500}?)\s*=\s*(.{0,2000})$/.exec(line)
    if (title !== undefined) {
      section = sections.get(title) ?? new Map()
      sections.set(title, section)
    } else if (pair !== null && section !== null) section.set(pair[1]!, pair[2]!)
    else return null
  }
  return sections
}

/** Every variant's; without any (before productmd 1.0), the tree's own. */
function repositoriesOf(sections: Sections): TreeInfo['repositories'] {
  const found = [...sections].flatMap(([title, pairs]) => {
    const path = pairs.get('repository')
    return title.startsWith('variant-') && path !== undefined ? [{ id: title.slice('variant-'.length), path: withoutSlash(path) }] : []
  })
  const own = sections.get('general')?.get('repository')
  const all = found.length > 0 || own === undefined ? found : [{ id: sections.get('general')?.get('variant') || 'tree', path: withoutSlash(own) }]
  return all.map(repository => ({ ...repository, repomdSha256: /^sha256:([0-9a-f]{64})$/i.exec(sections.get('checksums')?.get(joined(repository.path)) ?? '')?.[1]?.toLowerCase() ?? null }))
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '') || '.'
const joined = (path: string): string => path === '.' ? 'repodata/repomd.xml' : `${path}/repodata/repomd.xml`
const part = '[A-Za-z0-9_+~-][A-Za-z0-9._+~-]*'

/** A relative path without `.`, `..`, empty parts or hidden names. */
function isInside(path: string): boolean {
  return new RegExp(`^${part}(/${part})*$`).test(path) && path.length <= 500
}

/** The same, or the tree's root, or beside it: CentOS Stream's BaseOS names ../../../AppStream/x86_64/os. */
function isRepository(path: string): boolean {
  return path === '.' || new RegExp(`^(\\.\\./){0,4}${part}(/${part})*$`).test(path) && path.length <= 500
}
