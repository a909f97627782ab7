// What the steps of an erase are told, every key present.
import { Type, type Static } from 'typebox'

/** A disk to erase, as it must still look when the steps run. `byId`: its name under /dev/disk/by-id. */
export const ErasedDiskSchema = Type.Object({
  byId: Type.String(), serial: Type.String({ minLength: 1 }), sizeBytes: Type.Integer({ minimum: 65536 }), logicalSectorBytes: Type.Integer({ minimum: 512 }),
})
export type ErasedDisk = Static<typeof ErasedDiskSchema>

/** What is stored with an order to erase: from its arming on, since the serials in it were typed again. */
export interface ErasePlan { disks: ErasedDisk[] }

/** The view of `templates/erase/*.sh.hbs`. */
export const EraseViewSchema = Type.Object({ name: Type.String(), attempt: Type.Integer(), disks: Type.Array(ErasedDiskSchema, { minItems: 1 }) })
/** See {@link EraseViewSchema}. */
export type EraseView = Static<typeof EraseViewSchema>
