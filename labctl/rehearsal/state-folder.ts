// Where a rehearsal keeps everything that it makes; one folder is one rehearsal.
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { LabctlError } from '../labctl-error.ts'

/** The paths inside a rehearsal's folder. */
export interface StateFolder {
  readonly directory: string
  /** Held (flock(2)) by every process of the rehearsal: free means that nothing of it runs. */
  readonly lock: string
  /** Process id of the keeper, as the host sees it. */
  readonly pid: string
  readonly keeperSocket: string
  readonly keeperLog: string
  /** Relays to the bastion's control plane. */
  readonly controlSocket: string
  readonly bastionConfig: string
  readonly bastionState: string
  readonly bastionLog: string
  readonly machines: string
  /** Private SSH key that may enter the machines. */
  readonly operatorKey: string
}

/** The paths for a rehearsal in `directory`. Refuses a path too long for a Unix socket (unix(7): 108 bytes), and one below /run, /proc, /sys or /dev: those are the rehearsal's own inside. */
export function stateFolder(directory: string): StateFolder {
  const at = resolve(directory)
  if (/^\/(run|proc|sys|dev)(\/|$)/.test(at)) throw new LabctlError('usage', 'rehearsal-folder', `A rehearsal cannot keep its files in ${at}: it has its own /run, /proc, /sys and /dev.`, { nextStep: 'Name a folder elsewhere with --state; /var/tmp is a good place.' })
  if (Buffer.byteLength(at) > 70) throw new LabctlError('usage', 'rehearsal-folder', `The folder ${at} has a path of ${Buffer.byteLength(at)} bytes; at most 70 leave room for the sockets in it.`, { nextStep: 'Name a shorter one with --state.' })
  const path = (name: string) => join(at, name)
  return {
    directory: at, lock: path('labctl-rehearsal.lock'), pid: path('keeper.pid'), keeperSocket: path('keeper.sock'), keeperLog: path('keeper.log'), controlSocket: path('control.sock'),
    bastionConfig: path('bastion.yaml'), bastionState: path('bastion'), bastionLog: path('bastion.log'), machines: path('machines'), operatorKey: path('operator-key'),
  }
}

/** The folder used when none is named: one per user, on disk (disks are sparse files of gigabytes, /tmp and /run are often memory). */
export function defaultStateDirectory(): string {
  return `/var/tmp/labctl-rehearsal-${userInfo().uid}`
}

/** What outlives rehearsals: the RAM disk, root images, User-Mode Linux, and what the host's KVM is good for. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'labctl')
}

/** Makes the folder, for its user alone. Refuses one that another user made (it may stand in a folder open to all). */
export function makeStateFolder(folder: StateFolder): void {
  mkdirSync(folder.directory, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder.directory)
  if (found.uid !== userInfo().uid || !found.isDirectory() || realpathSync(folder.directory) !== folder.directory || (found.mode & 0o022) !== 0) {
    throw new LabctlError('refused', 'rehearsal-folder', `${folder.directory} is not a folder of yours alone (owner ${found.uid}, mode ${(found.mode & 0o777).toString(8)}).`, { nextStep: 'Remove it, or name another with --state.' })
  }
  mkdirSync(folder.machines, { recursive: true, mode: 0o700 })
}
