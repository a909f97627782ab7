import { compileTemplate } from '../../platform/compile-template.ts'
import type { BootKickstartView } from './kickstart-views.ts'

const template = (name: string) => compileTemplate<BootKickstartView>(new URL(`../../../templates/kickstart/${name}.ks.hbs`, import.meta.url))

/** The kickstart that `inst.ks=file:/labctl/labctl.ks` names: the same for all machines of a source, without a secret. Its `%pre` asks the bastion for the rest. */
export const renderBootKickstart = template('labctl')
/** The same where a machine is discovered: its `%pre` reports and starts the machine anew, and nothing else in it leads on. */
export const renderDiscoveryKickstart = template('discovery')
