import { InvalidArgumentError } from 'commander'

/** A volume as `provision adopt --volume` takes it: `group/name=mount`, and whether a reprovision keeps it. */
export interface AdoptedVolume { group: string, name: string, mount: string, keep?: boolean }

/** Reads `group/name=mount[,keep|,reformat]`; refuses anything else as a usage error. */
export function parseAdoptedVolume(value: string, before: readonly AdoptedVolume[] = []): AdoptedVolume[] {
  const match = /^([A-Za-z0-9_.+][A-Za-z0-9_.+-]*)\/([A-Za-z0-9_.+][A-Za-z0-9_.+-]*)=(swap|\/[^,\s]*)(?:,(keep|reformat))?$/.exec(value)
  if (match === null) throw new InvalidArgumentError('Wanted is group/name=mount, with ,keep or ,reformat behind it, as in vg0/data=/srv,keep.')
  const [, group = '', name = '', mount = '', fate] = match
  return [...before, { group, name, mount, ...fate === undefined ? {} : { keep: fate === 'keep' } }]
}
