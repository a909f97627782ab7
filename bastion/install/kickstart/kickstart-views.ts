// What the templates of the installation by Kickstart are told, every key present.
import { Type, type Static } from 'typebox'

const text = Type.String()
const word = Type.String({ pattern: '^[\\w.:/,=@+-]+$' })

/** Where things lie in Anaconda's environment; the dracut hook of the overlay, kickstart-pre.sh and the kickstart agree on them. */
export const installerPaths = {
  /** The overlay, as the initramfs had it. */
  overlay: '/run/labctl/overlay',
  /** What the bastion answered, unpacked. */
  answer: '/run/labctl/answer',
  /** The machine's own part of the kickstart, which %pre puts there. */
  machine: '/run/labctl/machine.ks',
  /** The certificate that packages are fetched under. */
  authority: '/run/labctl/answer/ca.pem',
} as const

/** The view of `templates/kickstart/labctl.ks.hbs`. `os`: of the source; `version`: of Kickstart, as F43. */
export const BootKickstartViewSchema = Type.Object({ os: text, version: word })
/** See {@link BootKickstartViewSchema}. */
export type BootKickstartView = Static<typeof BootKickstartViewSchema>
