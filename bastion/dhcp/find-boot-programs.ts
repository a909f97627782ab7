// Finds the boot programs of the distribution and lays those, and only those, out for TFTP and HTTP.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootPrograms, type BootProgram } from '../../ipxe/boot-programs.ts'
import { BastionError, systemCode } from '../platform/bastion-error.ts'
import type { Journal } from '../platform/journal.ts'
import { writeAtomically } from '../platform/write-atomically.ts'

/** Copies the boot programs into `directory`, removes every other file there, and gives those that are advertised. A file whose SHA-256 is not in the table is taken with a warning: distributions update their packages. Refuses a required one that is missing (`BST_PROGRAM_MISSING`). */
export function findBootPrograms(directory: string, journal: Journal, programs: readonly BootProgram[] = bootPrograms): BootProgram[] {
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  const contents = new Map<string, Buffer>()
  const missing = new Set<string>()
  const found = programs.filter(program => {
    const content = contents.get(program.file) ?? readFirst(program.sources)
    if (content === null) {
      if (!missing.has(program.file)) tellMissing(program, journal)
      missing.add(program.file)
      return false
    }
    if (!contents.has(program.file)) warnIfUnknown(program, content, journal)
    contents.set(program.file, content)
    return true
  })
  for (const name of readdirSync(directory)) if (!contents.has(name)) rmSync(join(directory, name), { recursive: true })
  for (const [name, content] of contents) {
    if (readFirst([join(directory, name)])?.equals(content) !== true) writeAtomically(join(directory, name), content, 0o644)
  }
  return found
}

function readFirst(paths: readonly string[]): Buffer | null {
  for (const path of paths) {
    try { return readFileSync(path) } catch (error) { if (systemCode(error) !== 'ENOENT') throw error }
  }
  return null
}

function tellMissing(program: BootProgram, journal: Journal): void {
  const text = `The boot program ${program.file} (${program.firmware}, ${program.architecture}) is not there; looked for ${program.sources.join(', ')}.`
  if (program.required) throw new BastionError('BST_PROGRAM_MISSING', text, { nextStep: `apt-get install ${program.package}` })
  journal.info({ file: program.file }, `${text} Machines of this kind get an address but no boot program; this host's package ${program.package} may be too old to have it.`)
}

function warnIfUnknown(program: BootProgram, content: Buffer, journal: Journal): void {
  const got = createHash('sha256').update(content).digest('hex')
  if (Object.values(program.known).includes(got)) return
  journal.warn({ file: program.file, sha256: got }, `The boot program ${program.file} is of a package version that nobody has looked at: SHA-256 ${got}. Compare with: dpkg --verify ${program.package}`)
}
