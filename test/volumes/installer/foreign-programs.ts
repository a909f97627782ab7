import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Copies bash and ssh-keygen of this host into a folder, and the libraries that they are linked to but libc: Anaconda has both programs, the RAM disk neither. */
export function copyForeignPrograms(folder: string): void {
  mkdirSync(join(folder, 'lib'), { recursive: true })
  for (const name of ['bash', 'ssh-keygen']) {
    const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
    copyFileSync(path, join(folder, name))
    for (const [, library] of execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/=> (\/\S+)/g)) if (!/\/libc\.so/.test(library!)) copyFileSync(library!, join(folder, 'lib', basename(library!)))
  }
}
