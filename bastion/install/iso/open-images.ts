// The images that trees are served from, each opened once and known by what it was when its tree was added.
import { statSync } from 'node:fs'
import type { TreeImage } from '../../../protocol/tree-sources.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import { IsoImage } from './iso-image.ts'

/** Why a tree can't be given out of its image any more; null while it can. */
export function imageFault({ path, sizeBytes, modifiedMs }: TreeImage): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return `The image ${path} is not there any more.`
  return stat.size === sizeBytes && Math.floor(stat.mtimeMs) === modifiedMs ? null : `The image ${path} is another one than when its tree was added.`
}

/** Open images by their path. */
export class OpenImages {
  readonly #open = new Map<string, Promise<IsoImage>>()

  /** The open image. Refuses (`BST_UPSTREAM_FAILED`) one that is gone or another one by now. */
  async find(image: TreeImage): Promise<IsoImage> {
    const because = imageFault(image)
    if (because !== null) {
      await this.close(image.path)
      throw new BastionError('BST_UPSTREAM_FAILED', because, { nextStep: 'Put it back, or labctl os add NAME reads it anew.' })
    }
    const there = await this.#open.get(image.path)
    if (there !== undefined && there.sizeBytes === image.sizeBytes && there.modifiedMs === image.modifiedMs) return there
    await this.close(image.path)
    const opened = IsoImage.open(image.path)
    this.#open.set(image.path, opened)
    opened.catch(() => { this.#open.delete(image.path) })
    return opened
  }

  /** Closes the image of a path, or all of them. */
  async close(path: string | null): Promise<void> {
    for (const [found, image] of this.#open) {
      if (path !== null && found !== path) continue
      this.#open.delete(found)
      await image.then(open => open.close(), () => {})
    }
  }
}
