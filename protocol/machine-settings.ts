// What an installed machine has from its first day on: users, network, clock, language, packages, console. For a role, for all, or for one machine.
import { Type, type Static, type TSchema } from 'typebox'

const some = <T extends TSchema>(items: T, description: string, maxItems = 64) => Type.Optional(Type.Array(items, { maxItems, description }))
const address = Type.String({ pattern: '^[0-9A-Fa-f:.]{2,45}$' })
const mac = Type.String({ minLength: 12, maxLength: 17, pattern: '^[0-9A-Fa-f:.-]+$', description: 'Permanent MAC address of a card' })
const sshKey = Type.String({ maxLength: 4096, pattern: '^(ssh-|ecdsa-|sk-)[^\\x00-\\x1f\\x7f]+$' })
const proxy = (of: string) => Type.Optional(Type.String({ maxLength: 300, pattern: '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$', description: `Proxy for ${of}, as in \`http://proxy.example:3128\`; without a password, which every user could read` }))

/** How an interface gets its addresses. */
const addressing = {
  dhcp: Type.Optional(Type.Boolean({ description: 'Ask for an IPv4 address, and take IPv6 router advertisements' })),
  addresses: some(Type.String({ maxLength: 49, pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$' }), 'Static addresses with their prefix, as in `10.0.0.5/24`', 16),
  gateway: Type.Optional(Type.String({ pattern: '^[0-9.]{7,15}$', description: 'IPv4 default route' })),
  gateway6: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f:.]{2,45}$', description: 'IPv6 default route' })),
}

/** One card. */
export const CardSettingsSchema = Type.Object({ mac, ...addressing }, { additionalProperties: false })
/** Several cards as one. */
export const BondSettingsSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z][a-z0-9]{0,13}$', description: 'Name of the interface, such as bond0' }),
  mode: Type.Enum(['active-backup', '802.3ad', 'balance-rr', 'balance-xor', 'balance-tlb', 'balance-alb', 'broadcast'], { description: 'How the members share the work' }),
  members: Type.Array(mac, { maxItems: 16, description: 'MAC addresses of at least two cards; the bond has that of the first' }),
  ...addressing,
}, { additionalProperties: false })
/** A tagged network (IEEE 802.1Q) on a card or a bond; its interface is named vlan and the number. */
export const VlanSettingsSchema = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: 4094, description: 'Number of the VLAN' }),
  on: Type.String({ minLength: 1, maxLength: 17, pattern: '^[0-9A-Za-z:.-]+$', description: 'MAC of a card, or name of a bond' }),
  ...addressing,
}, { additionalProperties: false })

/** The interfaces of a machine: what is not named here stays down. */
export const NetworkSettingsSchema = Type.Object({
  cards: some(CardSettingsSchema, 'Cards, each by its MAC address'),
  bonds: some(BondSettingsSchema, 'Several cards as one'),
  vlans: some(VlanSettingsSchema, 'Tagged networks on cards or bonds'),
}, { additionalProperties: false })
export type NetworkSettings = Static<typeof NetworkSettingsSchema>

export const UserSettingsSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,30}$' }),
  uid: Type.Optional(Type.Integer({ minimum: 1000, maximum: 59_999, description: 'User id; fix it where home directories are kept over a reprovision. Else the next free one' })),
  sudo: Type.Optional(Type.Boolean({ description: 'May become root; without a password where the user has none' })),
  sshKeys: some(sshKey, 'SSH public keys that may log in'),
  passwordHash: Type.Optional(Type.String({ maxLength: 200, description: 'As `mkpasswd` prints it, for the console and sudo; never a password. SSH takes keys only' })),
}, { additionalProperties: false })

/** Every setting may be missing: then the next less special one counts. */
export const MachineSettingsSchema = Type.Object({
  users: some(UserSettingsSchema, 'Users beside root'),
  network: Type.Optional(NetworkSettingsSchema),
  dns: some(address, 'Name servers, in place of those that DHCP tells', 8),
  searchDomains: some(Type.String({ pattern: '^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$', maxLength: 253 }), 'Domains that short names are looked up in', 16),
  ntp: some(Type.String({ maxLength: 253, pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]*$' }), 'Time servers, in place of Debian’s', 16),
  proxy: Type.Optional(Type.Object({
    http: proxy('http'), https: proxy('https'),
    except: some(Type.String({ maxLength: 253, pattern: '^[A-Za-z0-9.:/-]+$' }), 'Names, domains and networks that are reached directly; the bastion and the machine itself always are'),
  }, { additionalProperties: false, description: 'HTTP proxy, for logins (/etc/environment) and apt' })),
  locale: Type.Optional(Type.String({ pattern: '^(C\\.UTF-8|[a-z]{2,3}_[A-Z]{2}(\\.UTF-8|@[a-z]+))$', description: 'Language, as in `de_DE.UTF-8` or `ca_ES@valencia`' })),
  keyboard: Type.Optional(Type.Object({
    layout: Type.String({ pattern: '^[a-z]{2,12}(,[a-z]{2,12}){0,3}$', description: 'As in `de`, of keyboard(5)' }),
    variant: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_,-]{1,60}$' })),
    model: Type.Optional(Type.String({ pattern: '^[a-z0-9_-]{1,40}$', description: 'pc105 otherwise' })),
    options: Type.Optional(Type.String({ pattern: '^[a-z0-9_:,-]{1,200}$' })),
  }, { additionalProperties: false, description: 'Keyboard of the console' })),
  timezone: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$', description: 'As in `Europe/Berlin`; `install.timezone` otherwise' })),
  packages: some(Type.String({ maxLength: 200, pattern: '^(@[a-z0-9]|[A-Za-z0-9])[A-Za-z0-9+._-]+$' }), 'Packages to be added by the installer. Debian: from the mirrors that the root image was built from; the machine must reach them. Fedora, RHEL: from the installation tree, also groups, as in `@container-management`', 500),
  kickstart: some(Type.String({ minLength: 1, maxLength: 500 }), 'Commands for Anaconda beside those that the bastion gives, each as one line of a kickstart, as in `firewall --enabled --ssh`; docs/installing.md says which. Not for root images', 32),
  kernelArguments: some(Type.String({ maxLength: 500, pattern: '^[A-Za-z0-9_.:/,=@+-]+$' }), 'Kernel arguments, in place of `ramdisk.arguments`'),
  consoles: some(Type.String({ pattern: '^tty[A-Za-z0-9]+(,[0-9a-z]+)?$' }), 'Kernel consoles, as in `ttyS1,115200n8`, in place of `ramdisk.console`; the last one is /dev/console', 8),
  hook: Type.Optional(Type.Object({
    script: Type.String({ minLength: 1, maxLength: 65_536, description: 'Run as root in the new system, before it starts for the first time; whoever may read machines can read it' }),
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3000, description: '600 otherwise' })),
  }, { additionalProperties: false, description: 'Script that ends the installation; its log stays in /var/log/labctl-hook.log, and the install fails with it' })),
  sshUserCa: some(sshKey, 'SSH certificate authorities: whoever shows a certificate of theirs for a user may log in as that user', 16),
  tlsCa: some(Type.String({ maxLength: 16_384, description: 'In PEM' }), 'TLS certificate authorities that the system trusts beside Debian’s', 32),
}, { additionalProperties: false })
/** See {@link MachineSettingsSchema}. */
export type MachineSettings = Static<typeof MachineSettingsSchema>

/** Names of all settings. */
export const settingNames = Object.keys(MachineSettingsSchema.properties) as (keyof MachineSettings)[]

/** What a machine would get, and where each setting comes from. Hashes of passwords are not shown. */
export const EffectiveSettingsSchema = Type.Object({
  role: Type.String(),
  settings: MachineSettingsSchema,
  from: Type.Record(Type.String(), Type.String(), { description: 'By setting: machine, or the key of bastion.yaml' }),
  own: MachineSettingsSchema,
})
export type EffectiveSettings = Static<typeof EffectiveSettingsSchema>
