// Reads apt's list of sources, in both of its forms, for whoever needs to know this host's mirrors.

/** One source of binary packages. `signedBy`: path of a keyring, or null where apt's own trusted keys or an embedded key are used. */
export interface AptSource { uris: string[], suites: string[], components: string[], signedBy: string | null }

/** The enabled sources of binary packages in a file of sources.list(5): `list` for one line each, `deb822` for stanzas. What it can't read it leaves out: apt itself complains about it. */
export function parseAptSources(text: string, form: 'list' | 'deb822'): AptSource[] {
  return form === 'list' ? text.split('\n').flatMap(oneLine) : text.split(/\n[ \t]*\n/).flatMap(stanza)
}

function oneLine(line: string): AptSource[] {
  const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
  if (match === null) return []
  const signedBy = /(?:^|\s)signed-by=(\/\S+)/i.exec(match[1] ?? '')?.[1] ?? null
  return [{ uris: [match[2]!], suites: [match[3]!], components: words(match[4]!), signedBy }]
}

function stanza(text: string): AptSource[] {
  const fields = new Map<string, string>()
  let last = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const field = /^([A-Za-z][\w-]*):(.*)$/.exec(line)
    if (field !== null) fields.set(last = field[1]!.toLowerCase(), field[2]!.trim())
    else if (/^\s/.test(line) && last !== '') fields.set(last, `${fields.get(last)!} ${line.trim()}`)
  }
  if (!words(fields.get('types') ?? '').includes('deb') || /^(no|false|0|without|off|disable)$/i.test(fields.get('enabled') ?? 'yes')) return []
  const signedBy = fields.get('signed-by') ?? ''
  return [{
    uris: words(fields.get('uris') ?? ''), suites: words(fields.get('suites') ?? ''), components: words(fields.get('components') ?? ''),
    signedBy: /^\/\S+$/.test(signedBy) ? signedBy : null,
  }]
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
