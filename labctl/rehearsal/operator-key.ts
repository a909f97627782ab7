// The SSH key of a rehearsal: it may enter the rehearsed machines, and nothing else.
import { existsSync, readFileSync } from 'node:fs'
import { execa } from 'execa'
import type { StateFolder } from './state-folder.ts'

/** Makes the key in the rehearsal's folder, where it is missing, and gives its public half for `install.authorizedKeys`. */
export async function makeOperatorKey(folder: StateFolder): Promise<string> {
  if (!existsSync(folder.operatorKey)) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rehearsal', '-f', folder.operatorKey], { stdin: 'ignore', timeout: 30_000 })
  return readFileSync(`${folder.operatorKey}.pub`, 'utf8').trim()
}
