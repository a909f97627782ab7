// The images that trees are served from, each opened once and known by what it was when its tree was added.
import { statSync, type Stats } from 'node:fs'
import type { TreeImage } from '../../../protocol/tree-sources.ts'
import { BastionError, systemCode } from '../../platform/bastion-error.ts'
import { IsoImage } from './iso-image.ts'

/** Why a tree can't be given out of its image any more; null while it can. */
export function imageFault({ path, sizeBytes, modifiedMs }: TreeImage): string | null {
  let stat: Stats | undefined
  // A store that went away, or whose rights were changed, is a reason like any other: who asks may be in the middle of a list.
  try { stat = statSync(path, { throwIfNoEntry: false }) } catch (cause) { return `The image ${path} can’t be looked at (${systemCode(cause) ?? String(cause)}).` }
  if (stat === undefined) return `The image ${path} is not there any more.`
  return stat.size === sizeBytes && Math.floor(stat.mtimeMs) === modifiedMs ? null : `The image ${path} is another one than when its tree was added.`
}

/** `sizeBytes`, `modifiedMs`: what it was opened as. */
type Opened = Omit<TreeImage, 'path'> & { image: Promise<IsoImage> }

/** Open images by their path. */
export class OpenImages {
  readonly #open = new Map<string, Opened>()

  /** The open image. Refuses (`BST_UPSTREAM_FAILED`) one that is gone or another one by now. */
  async find(image: TreeImage): Promise<IsoImage> {
    const because = imageFault(image)
    if (because !== null) {
      await this.close(image.path)
      throw new BastionError('BST_UPSTREAM_FAILED', because, { nextStep: 'Put it back, or labctl os add NAME reads it anew.' })
    }
    const there = this.#open.get(image.path)
    if (there !== undefined && there.sizeBytes === image.sizeBytes && there.modifiedMs === image.modifiedMs) return there.image
    // Put before anything is awaited: who asks at the same time gets the same one, and none is left open that nobody knows.
    const opened: Opened = { sizeBytes: image.sizeBytes, modifiedMs: image.modifiedMs, image: openAs(image) }
    this.#open.set(image.path, opened)
    opened.image.catch(() => { if (this.#open.get(image.path) === opened) this.#open.delete(image.path) })
    if (there !== undefined) await closed(there)
    return opened.image
  }

  /** Closes the image of a path, or all of them. */
  async close(path: string | null): Promise<void> {
    for (const [found, opened] of this.#open) {
      if (path !== null && found !== path) continue
      this.#open.delete(found)
      await closed(opened)
    }
  }
}

/** Refuses one that was put in its place since it was looked at. */
async function openAs(image: TreeImage): Promise<IsoImage> {
  const open = await IsoImage.open(image.path)
  if (open.sizeBytes === image.sizeBytes && open.modifiedMs === image.modifiedMs) return open
  await open.close()
  throw new BastionError('BST_UPSTREAM_FAILED', `The image ${image.path} became another one while it was opened.`, { nextStep: 'labctl os add NAME reads it anew.' })
}

async function closed({ image }: Opened): Promise<void> {
  await image.then(open => open.close(), () => {})
}
