// What each template of templates/settings/ is told, every key present.
import { Type, type Static, type TSchema } from 'typebox'

const text = Type.String()
const list = <T extends TSchema>(item: T) => Type.Array(item)
const flag = Type.Boolean()
const internet = () => Type.Object({ method: Type.Enum(['auto', 'manual', 'link-local', 'disabled']), addresses: list(Type.Object({ number: Type.Integer(), address: text })), gateway: text, neverDefault: flag, dns: list(text), ignoreDns: flag, search: list(text) })

/** The view of each template, by the template's name. */
export const settingsViews = {
  /** Of cards with one of the `permanent` addresses, or one of the `current` ones, or of what is made and has a `name`. `rest`: all cards that nothing else names. */
  network: Type.Object({ permanent: list(text), current: list(text), name: text, rest: flag, bond: text, vlans: list(text), dhcp: flag, dhcpGateway: flag, raGateway: flag, dhcpDns: flag, linkLocal: flag, addresses: list(text), gateways: list(text) }),
  netdev: Type.Object({ name: text, bondMode: text, mac: text, vlan: Type.Integer({ description: '0 for none' }) }),
  'no-dns': Type.Object({}),
  resolved: Type.Object({ dns: list(text), domains: list(text) }),
  sudoers: Type.Object({ users: list(Type.Object({ name: text, password: flag })) }),
  homes: Type.Object({ users: list(Type.Object({ name: text })) }),
  keys: Type.Object({ keys: list(text) }),
  sshd: Type.Object({ users: flag, authorities: flag }),
  ntp: Type.Object({ servers: list(text) }),
  environment: Type.Object({ http: text, https: text, except: list(text) }),
  'apt-proxy': Type.Object({ http: text, https: text, direct: list(text) }),
  locale: Type.Object({ locale: text }),
  'locale-gen': Type.Object({ locale: text }),
  keyboard: Type.Object({ layout: text, variant: text, model: text, options: text }),
  /** A connection of NetworkManager. Empty texts and 0 stand for what is not given; `number` counts from 1. */
  nmconnection: Type.Object({
    id: text, uuid: text, type: Type.Enum(['ethernet', 'bond', 'vlan']), interfaceName: text, mac: text, clonedMac: text, controller: text, others: flag, bondMode: text, vlan: Type.Integer(), parent: text,
    ipv4: internet(), ipv6: internet(), clientId: flag,
  }),
  'nm-only-ours': Type.Object({}),
} as const

type Name = keyof typeof settingsViews
/** The view of one template. */
export type SettingsView<Template extends Name> = Static<typeof settingsViews[Template]>
/** A file of the installed system that is rendered from a template. */
export type SettingsFile = { [Template in Name]: { path: string, mode: string, template: Template, view: SettingsView<Template> } }[Name]

/** What the install's steps are told of the settings. `content`: the whole file. Empty texts stand for what is not given. */
export const SettingsStepsSchema = Type.Object({
  files: list(Type.Object({ path: text, mode: Type.String({ pattern: '^[0-7]{4}$' }), content: text })),
  users: list(Type.Object({ name: Type.String({ pattern: '^[a-z_][a-z0-9_-]*$' }), uid: text, login: text })),
  sudoers: flag, sshd: flag, authorities: flag, ntp: flag, keyboard: flag, localeLine: text,
  packages: list(text), nameServers: list(text),
  hook: Type.Object({ script: text, seconds: Type.Integer() }),
})
/** See {@link SettingsStepsSchema}. */
export type SettingsSteps = Static<typeof SettingsStepsSchema>
