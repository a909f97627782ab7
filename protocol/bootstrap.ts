import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** `/etc/labctl/bootstrap.json`: what a machine needs to find and trust its bastion. Mode 0600 wherever it is written. */
export const BootstrapSchema = Type.Object({
  version: Type.Literal(1),
  machine: Type.String(),
  bastionUrl: Type.String(),
  pinsSpkiSha256: Type.Array(Type.String()),
  joinToken: orNull(Type.String()),
  localApiToken: orNull(Type.String()),
  natsUrls: orNull(Type.Array(Type.String())),
  registry: orNull(Type.Object({ host: Type.String(), username: Type.String(), token: Type.String() })),
  workload: orNull(Type.Object({ image: Type.String(), ports: Type.Array(Type.Integer()) })),
})
export type Bootstrap = Static<typeof BootstrapSchema>
