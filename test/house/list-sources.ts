import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the project. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url))

/** Every file that git tracks or would track, as a path from the project's folder. */
export function listFiles(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: projectFolder, encoding: 'utf8' })
    .split('\0').filter(path => path !== '')
}

/** The programs' own TypeScript: not tests, not developer scripts. */
export function listSources(): string[] {
  return listFiles().filter(path => /^(protocol|bastion|agent|labctl|ipxe)\/.*\.ts$/.test(path))
}

/** A file's text, by its path from the project's folder. */
export function textOf(path: string): string {
  return readFileSync(`${projectFolder}${path}`, 'utf8')
}
