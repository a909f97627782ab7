import { existsSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isRunning } from './start-keeper.ts'
import { cacheDirectory, defaultStateDirectory, stateFolder } from './state-folder.ts'

/** Where the logs of failed rehearsals are kept. */
export function evidenceDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'labctl', 'rehearsals')
}

/** Removes what ended rehearsals left, and gives the paths removed: the folder of one that died (a running one stays), kept logs, and with `cache` what rehearsals share. */
export async function pruneRehearsals(env: Readonly<Record<string, string | undefined>>, options: { cache: boolean, directory?: string }): Promise<string[]> {
  const folder = stateFolder(options.directory ?? defaultStateDirectory())
  const wanted = [
    ...existsSync(folder.lock) && !await isRunning(folder) ? [folder.directory] : [],
    evidenceDirectory(env),
    ...options.cache ? [cacheDirectory(env)] : [],
  ].filter(path => existsSync(path))
  for (const path of wanted) rmSync(path, { recursive: true, force: true })
  return wanted
}
