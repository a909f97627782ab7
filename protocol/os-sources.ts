// Operating systems that the bastion can install, as the control plane tells them.
import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** The fetching of all packages of a tree beforehand, or what came of the last one. */
export const PrefetchSchema = Type.Object({
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  step: orNull(Type.String()), percent: Type.Number(), packages: Type.Integer({ description: 'That are there' }), sizeBytes: Type.Integer({ description: 'Of these' }),
  at: Type.Integer({ description: 'When it began, or ended; milliseconds since 1970' }), because: orNull(Type.String({ description: 'Why it failed, and what to do' })),
})
export type Prefetch = Static<typeof PrefetchSchema>

/** One operating system: its root image or installation tree, or the state of the build or download that brings it. */
export const OsSourceSchema = Type.Object({
  name: Type.String({ description: 'debian-13' }),
  kind: Type.Union([Type.Literal('image'), Type.Literal('tree')], { description: 'A root image that is built here, or an installation tree that is fetched from a mirror' }),
  state: Type.Union([Type.Literal('queued'), Type.Literal('building'), Type.Literal('ready'), Type.Literal('failed')]),
  step: orNull(Type.String({ description: 'What the build is doing' })),
  percent: orNull(Type.Number()),
  because: orNull(Type.String({ description: 'Why it failed, and what to do' })),
  kernel: orNull(Type.String({ description: 'Version of the kernel inside' })),
  builtAt: orNull(Type.Integer({ description: 'Milliseconds since 1970' })),
  url: orNull(Type.String({ description: 'The mirror that has the tree' })),
  release: orNull(Type.String({ description: 'What a tree says that it is: Fedora 43' })),
  prefetch: Type.Optional(orNull(PrefetchSchema)),
  newer: Type.Optional(orNull(Type.String({ description: 'What the mirror has that is newer, as far as that can be known' }))),
  files: Type.Array(Type.Object({ name: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() })),
})
export type OsSource = Static<typeof OsSourceSchema>

/** What a finished build leaves beside its files as `manifest.json`; also the RAM disk's. */
export const ManifestSchema = Type.Object({
  version: Type.Literal(1),
  name: Type.String(),
  recipe: Type.String({ description: 'SHA-256 over what went into the build: suite, packages, our files' }),
  kernel: Type.String({ description: 'Version of the kernel inside' }),
  builtAt: Type.Integer({ description: 'Milliseconds since 1970' }),
  files: Type.Array(Type.Object({ name: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() })),
})
export type Manifest = Static<typeof ManifestSchema>
