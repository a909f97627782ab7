import { readFileSync } from 'node:fs'
import { LabctlError } from '../labctl-error.ts'
import { parseImportCsv, type ParsedImport } from './parse-import-csv.ts'
import { parseImportYaml } from './parse-import-yaml.ts'

const mostBytes = 8 * 2 ** 20
const byEnding: Record<string, 'csv' | 'yaml'> = { csv: 'csv', tsv: 'csv', txt: 'csv', yaml: 'yaml', yml: 'yaml', json: 'yaml' }

/** Reads a file, or standard input where it is called “-”. Refuses (`usage`) what can't be read as text, and a form that its name doesn't tell. */
export function readImportFile(path: string, form: 'csv' | 'yaml' | undefined): ParsedImport {
  const chosen = form ?? byEnding[/\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '']
  if (chosen === undefined) throw new LabctlError('usage', 'form-unknown', `Whether ${path} is CSV or YAML is not known.`, { nextStep: 'Name it .csv or .yaml, or say --format csv or --format yaml.' })
  const text = readText(path)
  return chosen === 'csv' ? parseImportCsv(text) : parseImportYaml(text)
}

function readText(path: string): string {
  let bytes: Buffer
  try { bytes = readFileSync(path === '-' ? 0 : path) } catch (cause) {
    throw new LabctlError('usage', 'file-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  if (bytes.length > mostBytes) throw new LabctlError('usage', 'file-too-large', `${path} has ${bytes.length} bytes, and at most ${mostBytes} are taken.`, { nextStep: 'Import it in parts.' })
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe || bytes[0] === 0xfe && bytes[1] === 0xff
  try { return new TextDecoder(utf16 ? bytes[0] === 0xff ? 'utf-16le' : 'utf-16be' : 'utf-8', { fatal: true, ignoreBOM: false }).decode(bytes) } catch (cause) {
    throw new LabctlError('usage', 'file-encoding', `${path} is not text in UTF-8.`, { cause, nextStep: 'Save it as “CSV UTF-8”, or convert it: iconv -f WINDOWS-1252 -t UTF-8.' })
  }
}
