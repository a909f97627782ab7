// Reads an iPXE script as strictly as iPXE does (src/core/exec.c, src/image/script.c); stricter where iPXE would go on in silence.

/** One command with its words, and how it hangs on the one before: always, only if that succeeded (`&&`), only if it failed (`||`). */
export interface IpxeCommand { when: 'always' | 'and' | 'or', words: string[] }

/** A script: its lines, and the line that each label stands before. */
export interface IpxeScript { lines: IpxeCommand[][], labels: Map<string, number> }

/** Parses a script. Refuses (throws) what lacks the `#!ipxe` line (or `#!gpxe`), labels twice, and empty commands other than after a last `||`. */
export function parseIpxeScript(text: string): IpxeScript {
  const [first, ...rest] = text.split('\n')
  if (!/^#!ipxe\s*$/.test(first ?? '')) throw new Error(`not an iPXE script: its first line is ${JSON.stringify((first ?? '').slice(0, 40))}, wanted #!ipxe`)
  const script: IpxeScript = { lines: [], labels: new Map() }
  for (const line of rest) {
    const plain = line.trim()
    if (plain === '' || plain.startsWith('#')) continue
    if (plain.startsWith(':')) {
      const label = plain.slice(1)
      if (!/^[A-Za-z0-9_-]+$/.test(label) || script.labels.has(label)) throw new Error(`the label ${JSON.stringify(plain)} is not valid or stands twice`)
      script.labels.set(label, script.lines.length)
    } else {
      script.lines.push(parseLine(plain))
    }
  }
  return script
}

function parseLine(line: string): IpxeCommand[] {
  const commands: IpxeCommand[] = []
  let current: IpxeCommand = { when: 'always', words: [] }
  for (const word of line.split(/\s+/)) {
    if (word.startsWith('#')) break
    if (word === '||' || word === '&&') {
      if (current.words.length === 0) throw new Error(`nothing stands before ${word} in ${JSON.stringify(line)}`)
      commands.push(current)
      current = { when: word === '||' ? 'or' : 'and', words: [] }
    } else {
      current.words.push(word)
    }
  }
  if (current.words.length > 0) commands.push(current)
  // A line that ends in `||` says: whatever it was, go on.
  else if (current.when === 'or') commands.push({ when: 'or', words: ['true'] })
  else throw new Error(`nothing stands after && in ${JSON.stringify(line)}`)
  return commands
}
