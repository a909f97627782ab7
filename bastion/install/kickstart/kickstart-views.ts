// What the templates of the installation by Kickstart are told, every key present. Empty texts stand for what is not given.
import { Type, type Static, type TSchema } from 'typebox'
import { SettingsStepsSchema } from '../settings-views.ts'

const text = Type.String()
const flag = Type.Boolean()
const word = Type.String({ pattern: '^[\\w.:/,=@+-]+$' })
const list = <T extends TSchema>(item: T) => Type.Array(item)

/** The certificate that packages are fetched under, in Anaconda's environment; kickstart-pre.sh unpacks the answer there. */
export const authorityPath = '/run/labctl/answer/ca.pem'

/** The view of `templates/kickstart/labctl.ks.hbs` and `discovery.ks.hbs`. `os`: of the source; `version`: of Kickstart, as F43. */
export const BootKickstartViewSchema = Type.Object({ os: text, version: word })
/** See {@link BootKickstartViewSchema}. */
export type BootKickstartView = Static<typeof BootKickstartViewSchema>

/** The view of `templates/kickstart/machine.ks.hbs`, each option with its name. */
export const MachineKickstartViewSchema = Type.Object({
  name: word, mac: word, order: text, attempt: Type.Integer(), os: text,
  url: text, authority: text, repositories: list(Type.Object({ name: text, url: text })), keyboard: text, timezone: text, commands: list(Type.Object({ command: word, words: list(text) })),
})
/** See {@link MachineKickstartViewSchema}. */
export type MachineKickstartView = Static<typeof MachineKickstartViewSchema>

/** The view of `templates/kickstart/packages.ks.hbs`. */
export const KickstartPackagesViewSchema = Type.Object({ packages: list(word), noKdump: flag })
/** See {@link KickstartPackagesViewSchema}. */
export type KickstartPackagesView = Static<typeof KickstartPackagesViewSchema>

const { files, users, sudoers, authorities, ntp, hook } = SettingsStepsSchema.properties
/** The view of `templates/kickstart/nochroot.sh.hbs` and `post.sh.hbs`. `system`: files that every machine gets. `kept`: mount points of kept volumes. */
export const PostViewSchema = Type.Object({
  name: word, order: text, attempt: Type.Integer(),
  system: files, hostsPattern: text, hostKeyComment: text, authorizedKeys: list(text), groups: list(text), kept: list(text),
  files, users, sudoers, authorities, ntp, hook, dnfProxy: text, dnfProxyLine: text, locale: text,
})
/** See {@link PostViewSchema}. */
export type PostView = Static<typeof PostViewSchema>
