// What the scripts around an installation by Anaconda are told, every key present: the words of the image's steps, as far as they are the same, and what Anaconda is to have made.
import { Type, type Static, type TSchema } from 'typebox'
import { StepsViewSchema } from '../steps-view.ts'

const text = Type.String()
const list = <T extends TSchema>(item: T) => Type.Array(item)
const { name, attempt, order, reprovision, left, programs, disks, groups, expected, kept, rootGroupUuid, rehearsed, olds, mustBeEmpty, carrying, carryOver, adopted, reformatted, espKept, espVariable, uefi, bootEntry } = StepsViewSchema.properties

/** The view of `templates/kickstart-storage/*.sh.hbs`, and of the parts of `templates/install` that they share. `part`: which of the three scripts. `treeinfo`: its URL on the control plane. */
export const KickstartStepsViewSchema = Type.Object({
  part: text, name, attempt, order, reprovision, left, programs, disks, groups, expected, kept, rootGroupUuid, rehearsed, olds, mustBeEmpty, carrying, carryOver, adopted, reformatted, espKept, espVariable, uefi, bootEntry,
  treeinfo: text,
  /** `device`: of a volume, or empty for a partition of `disk`. `uuid`: of a volume or partition that was there before. */
  made: list(Type.Object({ mount: text, filesystem: text, device: text, disk: text, uuid: text })),
  /** Volumes that Anaconda formatted; `tag` is empty where they have theirs. */
  tagged: list(Type.Object({ what: text, path: text, tag: text })),
})
/** See {@link KickstartStepsViewSchema}. */
export type KickstartStepsView = Static<typeof KickstartStepsViewSchema>
