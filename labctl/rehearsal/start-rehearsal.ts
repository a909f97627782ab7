// Opens the library: a new rehearsal, or the one that runs in a folder.
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LabctlError } from '../labctl-error.ts'
import { BastionChild } from './bastion-child.ts'
import { connectKeeper } from './keeper-client.ts'
import { startLanServer } from './lan-server.ts'
import type { MachineSpec } from './machine-spec.ts'
import { makeOperatorKey } from './operator-key.ts'
import { Rehearsal } from './rehearsal.ts'
import { mergeSettings, rehearsalConfig, type RehearsalDhcp, type Settings } from './rehearsal-config.ts'
import { isRunning, startKeeper, stopKeeper } from './start-keeper.ts'
import { cacheDirectory, defaultStateDirectory, stateFolder } from './state-folder.ts'

/** How a rehearsal is started. Left out: the folder per user, the caches below ~/.cache/labctl, TCG. */
export interface RehearsalOptions {
  directory?: string
  /** Default true: it ends, and removes its folder, when this process is gone. */
  leashed?: boolean
  ramdiskDirectory?: string
  osDirectory?: string
  accelerator?: MachineSpec['accelerator']
  /** Laid over the rehearsal's bastion.yaml. */
  config?: Settings
  /** Default server. */
  dhcp?: RehearsalDhcp
  /** Default true. */
  startBastion?: boolean
  /** A key of the rehearsal's own may log in to its machines; default false. */
  operatorKey?: boolean
}

/** Where the RAM disk and the root images that rehearsals use are kept. `LABCTL_RAMDISK` and `LABCTL_OS` name others. */
export function cachedBuilds(env: Readonly<Record<string, string | undefined>> = process.env): { ramdisk: string, os: string } {
  return { ramdisk: env['LABCTL_RAMDISK'] ?? join(cacheDirectory(env), 'ramdisk'), os: env['LABCTL_OS'] ?? join(cacheDirectory(env), 'os') }
}

/** Starts a rehearsal: the isolated network, and a bastion with dnsmasq in it. What an earlier one left in the folder is removed. Refuses a folder where one runs, and a bastion that does not start. */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const folder = stateFolder(options.directory ?? defaultStateDirectory())
  if (existsSync(folder.lock) && !await isRunning(folder)) rmSync(folder.directory, { recursive: true, force: true })
  const keeper = await startKeeper(folder, options.leashed ?? true)
  const cached = cachedBuilds()
  const rehearsal = new Rehearsal(folder, keeper, new BastionChild(folder, keeper), options.accelerator ?? 'tcg')
  try {
    const keys = options.operatorKey === true ? { install: { authorizedKeys: [await makeOperatorKey(folder)] } } : {}
    await rehearsal.bastion.configure(rehearsalConfig({ state: folder.bastionState, ramdisk: options.ramdiskDirectory ?? cached.ramdisk, os: options.osDirectory ?? cached.os }, mergeSettings(keys, options.config ?? {}), options.dhcp))
    if (options.dhcp === 'proxy') await startLanServer(keeper, folder)
    if (options.startBastion !== false) await rehearsal.startBastion()
    return rehearsal
  } catch (error) {
    await rehearsal.stop()
    throw error
  }
}

/** The rehearsal that runs in a folder. Refuses when none does. */
export async function openRehearsal(directory = defaultStateDirectory()): Promise<Rehearsal> {
  const folder = stateFolder(directory)
  try {
    const keeper = await connectKeeper(folder.keeperSocket)
    return new Rehearsal(folder, keeper, new BastionChild(folder, keeper), 'tcg')
  } catch (cause) {
    throw new LabctlError('not-found', 'rehearsal-none', `No rehearsal is running in ${folder.directory}.`, { cause, nextStep: 'labctl rehearse up starts one.' })
  }
}

/** Ends the rehearsal in a folder, however it is, and removes the folder. False when there was none. */
export async function endRehearsal(directory = defaultStateDirectory()): Promise<boolean> {
  const folder = stateFolder(directory)
  if (!existsSync(folder.lock)) return false
  await stopKeeper(folder)
  rmSync(folder.directory, { recursive: true, force: true })
  return true
}
