// An installation tree that machines are installed from by Kickstart, as it is stored and told.
import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const sum = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256' })
const file = Type.Object({ path: Type.String({ description: 'Below the root of the tree' }), sizeBytes: Type.Integer(), sha256: sum })

/** What was asked for; kept, so that an interrupted download goes on after a restart. */
export const TreeRequestSchema = Type.Object({ url: Type.String({ description: 'The root of the tree, with a slash at its end; a file: URL for an image on the bastion’s host' }), sha256: orNull(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the .treeinfo, or of the whole image' })) })
export type TreeRequest = Static<typeof TreeRequestSchema>

/** An image of a DVD that a tree is served from, as it was when the tree was added. */
export const TreeImageSchema = Type.Object({ path: Type.String(), sizeBytes: Type.Integer(), modifiedMs: Type.Integer() })
export type TreeImage = Static<typeof TreeImageSchema>

/** A tree whose kernel, initrd and stage2 are here, checked against its .treeinfo. */
export const TreeSchema = Type.Object({
  version: Type.Literal(1), name: Type.String(), url: Type.String(),
  family: Type.String({ description: 'As the .treeinfo says: Fedora' }), release: Type.String({ description: '43' }), kickstart: Type.String({ description: 'The version of Kickstart that it understands: F43, RHEL9' }), architecture: Type.String(),
  treeinfoSha256: sum, treeinfoBytes: Type.Integer(), kernel: file, initrd: file, stage2: file,
  image: Type.Optional(orNull(TreeImageSchema)),
  repositories: Type.Array(Type.Object({ id: Type.String(), url: Type.String(), repomdSha256: Type.Optional(Type.Union([sum, Type.Null()])) })),
  addedAt: Type.Integer({ description: 'Milliseconds since 1970' }),
})
export type Tree = Static<typeof TreeSchema>
