// Rules that arm an install by themselves: the keys of bastion.yaml under `rules`.
import { Type, type Static } from 'typebox'

const pattern = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: `${description}; \`*\` stands for any characters, case does not matter` }))
const patterns = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 1000, description: `${description}; one of them must fit, \`*\` stands for any characters` }))
const bound = (least: number, description: string) => Type.Optional(Type.Integer({ minimum: least, maximum: 2 ** 40, description }))

/** What a machine must be like: everything that is named. */
export const RuleMatchSchema = Type.Object({
  vendor: pattern('Maker of the system'),
  product: pattern('Product name of the system'),
  serials: patterns('Serial of the system'),
  macs: patterns('One of its MAC addresses, in lower case with colons'),
  firmware: Type.Optional(Type.Enum(['bios', 'uefi'], { description: 'How it boots' })),
  memoryGib: Type.Optional(Type.Object({ least: bound(0, 'At least'), most: bound(0, 'At most') }, { additionalProperties: false, description: 'Memory modules together, in GiB; where they are not told, the memory that the kernel sees, rounded up' })),
  disks: Type.Optional(Type.Object({
    least: bound(0, 'At least so many'), most: bound(0, 'At most so many'),
    leastGib: bound(0, 'Each of them has at least so many GiB'), mostGib: bound(1, 'Each of them has at most so many GiB'),
    rotational: Type.Optional(Type.Boolean({ description: 'Each of them rotates, or none does' })),
    model: pattern('Model of each of them'),
  }, { additionalProperties: false, description: 'Disks that are not removable: how many, and what every one of them is like' })),
  labels: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 63 }), { description: 'Labels that it has (`labctl provision label`), with `*` in values' })),
}, { additionalProperties: false })
export type RuleMatch = Static<typeof RuleMatchSchema>

export const RuleSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$', description: 'Name of the rule; what it armed is counted under it' }),
  match: RuleMatchSchema,
  role: Type.Optional(Type.String({ description: 'Role, which chooses the layout; `install.role` otherwise' })),
  os: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Operating system; `os.default` otherwise' })),
  machineName: Type.String({ minLength: 1, maxLength: 63, description: 'Name pattern: `{n}` is the least number that gives a free name, `{serial}` the serial, `{mac}` the MAC without colons' }),
  most: Type.Integer({ minimum: 1, maximum: 100_000, description: 'So many machines in all; the rule arms no further one' }),
  foreignData: Type.Enum(['refuse', 'destroy'], { default: 'refuse', description: '`refuse`: only machines whose disks hold nothing. `destroy`: whatever their disks hold, but never volumes of a machine of this bastion' }),
}, { additionalProperties: false })
export type Rule = Static<typeof RuleSchema>
