import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of a list file, without comments (`#` to the end of the line) and blank ones. */
export function listLines(text: string): string[] {
  return text.split('\n').map(line => line.replace(/#.*/, '').trim()).filter(line => line !== '')
}

/** Every regular file below a folder: its path from there to its text, in the order of paths. */
export function readTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(files.map(entry => join(entry.parentPath, entry.name)).toSorted().map(path => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}
