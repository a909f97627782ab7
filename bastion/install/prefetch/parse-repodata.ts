// Reads what a package repository says of itself: which files of metadata it has, and which packages, with their sizes (createrepo_c's repomd.xml and primary.xml).

/** A file of metadata: `primary`, `filelists`, `group` and so on, by its path below the repository. */
export interface Metadata { type: string, path: string }
/** A package, by its path below the repository. */
export interface Package { path: string, sizeBytes: number }

const part = '[A-Za-z0-9_+~^:-][A-Za-z0-9._+~^:-]*'
const insidePath = new RegExp(`^${part}(/${part})*$`)

/** All that repomd.xml names and package managers of today read; null where it is none, or names what lies outside. */
export function parseRepomd(text: string): Metadata[] | null {
  const found = [...dataOf(text)]
  if (!/<repomd[\s>]/.test(text) || !found.some(({ type }) => type === 'primary') || found.some(({ path }) => !insidePath.test(path))) return null
  // The databases of yum, and the chunked forms that dnf fetches only when it is told to.
  return found.filter(({ type }) => !type.endsWith('_db') && !type.endsWith('_zck'))
}

/** Goes over the text once: a mirror may send one that never closes what it opens, and no search of it may begin at its start again and again. */
function* dataOf(text: string): Generator<Metadata> {
  const opening = /<data\s+type="([\w-]+)"\s*>/y
  for (let at = text.indexOf('<data'); at !== -1; at = text.indexOf('<data', at)) {
    opening.lastIndex = at
    const type = opening.exec(text)?.[1]
    const end = type === undefined ? at + '<data'.length : text.indexOf('</data>', opening.lastIndex)
    if (end === -1) return
    if (type !== undefined) yield { type, path: /<location\s[^<>]*?href="([^"<>]+)"/.exec(text.slice(at, end))?.[1] ?? '' }
    at = end
  }
}

/** The packages of primary.xml, given in parts as they come. Refuses (throws `RangeError`) a package without size or outside the repository. */
export async function* parsePrimary(parts: AsyncIterable<string>): AsyncGenerator<Package> {
  let rest = ''
  for await (const text of parts) {
    rest += text
    for (let end = rest.indexOf('</package>'); end !== -1; end = rest.indexOf('</package>')) {
      const from = rest.indexOf('<package ')
      if (from !== -1 && from < end) yield packageOf(rest.slice(from, end))
      rest = rest.slice(end + '</package>'.length)
    }
    if (rest.length > 16 * 2 ** 20) throw new RangeError('its list of packages has one that is larger than 16 MiB')
  }
}

function packageOf(text: string): Package {
  const location = /<location\s([^<>]*)>/.exec(text)?.[1] ?? ''
  const path = /(?:^|\s)href="([^"]+)"/.exec(location)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const sizeBytes = Number(/<size\s[^<>]*?package="(\d{1,15})"/.exec(text)?.[1] ?? Number.NaN)
  if (location.includes('xml:base') || !insidePath.test(path) || !Number.isSafeInteger(sizeBytes)) throw new RangeError(`it names the package ${JSON.stringify(path.slice(0, 200))}, which can’t be fetched beside it`)
  return { path, sizeBytes }
}
