// A build's own folder, put in place whole or not at all, for the builds of the RAM disk and root images.
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '../../protocol/os-sources.ts'
import { BastionError } from './bastion-error.ts'
import { buildMode } from './build-root.ts'
import { runProgram } from './run-program.ts'
import { writeAtomically } from './write-atomically.ts'

/** Where one build works. `directory`: its results, on the target's file system. `temporary`: the system while it is made. */
export interface BuildFolder {
  readonly directory: string
  readonly temporary: string
  /** Puts the files that the manifest lists in place of the old ones; the manifest last, so that a half-replaced set is never taken for a build. */
  publish: (manifest: Manifest) => void
  /** Takes both folders away. */
  remove: () => Promise<void>
}

/** Makes the folders of a build that ends in `target`, first taking away what interrupted builds of it left. Refuses (`BST_CONFLICT`) while another process builds there. */
export async function openBuildFolder(target: string, name: string): Promise<BuildFolder> {
  mkdirSync(target, { recursive: true })
  // In a user namespace the folder must be one that others may pass, which a home directory isn't.
  const parent = buildMode() === 'root' ? target : tmpdir()
  const prefixes = [[target, '.building-'], [parent, `.labctl-${process.getuid?.() ?? 0}-${name}-`]] as const
  const [directory, temporary] = prefixes.map(([folder, prefix]) => join(folder, `${prefix}${process.pid}`)) as [string, string]
  for (const path of [directory, temporary]) await removeTree(path)
  mkdirSync(directory)
  // Looked for only now, so that of two builds started at once neither overlooks the other.
  for (const [folder, prefix] of prefixes) {
    for (const entry of readdirSync(folder).filter(entry => entry.startsWith(prefix) && join(folder, entry) !== directory)) {
      const owner = Number(entry.slice(prefix.length))
      if (owner !== process.pid && isBuilding(owner)) {
        rmSync(directory, { recursive: true })
        throw new BastionError('BST_CONFLICT', `Process ${owner} is building ${name} in ${target}.`, { nextStep: 'Wait until it is done, or stop it.' })
      }
      await removeTree(join(folder, entry))
    }
  }
  mkdirSync(temporary)
  chmodSync(temporary, 0o711)
  return {
    directory, temporary,
    publish(manifest) {
      rmSync(join(target, 'manifest.json'), { force: true })
      for (const { name } of readdirSync(target, { withFileTypes: true }).filter(entry => /\.(img|tar|tar\.zst)$/.test(entry.name))) if (!manifest.files.some(file => file.name === name)) rmSync(join(target, name))
      for (const file of manifest.files) renameSync(join(directory, file.name), join(target, file.name))
      writeAtomically(join(target, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, 0o644)
    },
    async remove() {
      await removeTree(directory)
      await removeTree(temporary)
    },
  }
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map(line => line.split(' ')[1] ?? '').filter(point => point.startsWith(`${path}/`))
  for (const point of mounts.toReversed()) await runProgram('umount', ['--lazy', point], { timeoutMs: 30_000, package: 'mount' })
  // What was made in a user namespace belongs to ids that only the namespace may touch; the folders around it are ours.
  const foreign = readdirSync(path).map(entry => join(path, entry)).filter(entry => lstatSync(entry).uid !== process.getuid?.())
  if (foreign.length > 0 && buildMode() === 'unshare') await runProgram('mmdebstrap', ['--unshare-helper', 'find', ...foreign, '-xdev', '-mindepth', '1', '-delete'], { timeoutMs: 300_000 })
  rmSync(path, { recursive: true, force: true })
}

function isBuilding(pid: number): boolean {
  try { return /node|labctl/.test(readFileSync(`/proc/${pid}/comm`, 'utf8')) } catch { return false }
}
