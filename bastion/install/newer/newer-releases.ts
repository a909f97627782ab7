// Whether mirrors have something newer than the trees that are here: looked up once a day, when somebody asks for the list, and never waited for.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Tree } from '../../../protocol/tree-sources.ts'
import type { Clock } from '../../platform/clock.ts'
import { writeAtomically } from '../../platform/write-atomically.ts'
import { decideKickstartVersion } from '../decide-kickstart-version.ts'
import { fetchUpstream } from '../fetch-upstream.ts'
import { parseTreeinfo, type TreeInfo } from '../parse-treeinfo.ts'
import type { TreeStore } from '../tree-store.ts'
import { planNewer } from './plan-newer.ts'

const LookSchema = Type.Object({ at: Type.Integer({ description: 'Milliseconds since 1970' }), treeinfoSha256: Type.String(), newer: Type.Union([Type.String(), Type.Null()]) })
const againMs = 24 * 3_600_000
const mostBytes = 256 * 1024

/** See the file's first line. */
export class NewerReleases {
  readonly #room: { directory: string, trees: TreeStore, clock: Clock, stallMs: number }
  readonly #looking = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(room: { directory: string, trees: TreeStore, clock: Clock, stallMs: number }) {
    this.#room = room
  }

  /** What was found last, and is still newer than the tree that is there now; null too where nothing is known. */
  find(name: string): string | null {
    const tree = this.#room.trees.tree(name)
    const look = this.#last(name)
    return tree !== null && look !== null && look.treeinfoSha256 === tree.treeinfoSha256 ? look.newer : null
  }

  /** Begins to look for all trees that were not looked at today. */
  look(): void {
    for (const { name } of this.#room.trees.list()) {
      const tree = this.#room.trees.tree(name)
      const last = this.#last(name)
      if (tree === null || tree.image != null || this.#looking.has(name) || (last !== null && last.treeinfoSha256 === tree.treeinfoSha256 && this.#room.clock() - last.at < againMs)) continue
      this.#looking.set(name, this.#lookAt(tree).catch(() => {}).finally(() => { this.#looking.delete(name) }))
    }
  }

  /** Ends what is being looked up. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#looking.values())
  }

  async #lookAt(tree: Tree): Promise<void> {
    const newer = await this.#newerThan(tree)
    if (!this.#stop.signal.aborted && this.#room.trees.tree(tree.name)?.treeinfoSha256 === tree.treeinfoSha256) writeAtomically(join(this.#room.directory, tree.name, 'tree-newer.json'), JSON.stringify({ at: this.#room.clock(), treeinfoSha256: tree.treeinfoSha256, newer } satisfies Static<typeof LookSchema>), 0o644)
  }

  async #newerThan(tree: Tree): Promise<string | null> {
    const same = await this.#treeinfo(tree.url)
    if (same !== null && same.sum !== tree.treeinfoSha256) return `${same.tree.family} ${same.tree.release} was composed anew at its mirror: labctl os add ${tree.name} fetches it.`
    const url = planNewer(tree)
    const next = url === null ? null : await this.#treeinfo(url)
    if (url === null || next === null || next.tree.family !== tree.family || next.tree.release === tree.release || next.tree.architecture !== tree.architecture) return null
    const known = !('because' in decideKickstartVersion(next.tree.family, next.tree.release))
    return `${next.tree.family} ${next.tree.release} is at ${url}${known ? '' : ', and this bastion does not know it yet'}.`
  }

  /** Null where there is none, or it can't be had: then nothing is known. */
  async #treeinfo(url: string): Promise<{ sum: string, tree: TreeInfo } | null> {
    try {
      const upstream = await fetchUpstream({ url: new URL('.treeinfo', url).href, mostBytes, stallMs: this.#room.stallMs, signal: this.#stop.signal })
      const text = Buffer.concat(await Array.fromAsync(upstream!.chunks))
      const parsed = parseTreeinfo(text.toString('utf8'))
      return parsed.kind === 'tree' ? { sum: createHash('sha256').update(text).digest('hex'), tree: parsed.tree } : null
    } catch { return null }
  }

  #last(name: string): Static<typeof LookSchema> | null {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.#room.directory, name, 'tree-newer.json'), 'utf8'))
      return Value.Check(LookSchema, value) ? value : null
    } catch { return null }
  }
}
