import { compileTemplate } from '../../platform/compile-template.ts'
import type { BootKickstartView } from './kickstart-views.ts'

const render = compileTemplate<BootKickstartView>(new URL('../../../templates/kickstart/labctl.ks.hbs', import.meta.url))

/** The kickstart that `inst.ks=file:/labctl/labctl.ks` names: the same for all machines of a source, without a secret. Its `%pre` asks the bastion for the rest. */
export function renderBootKickstart(view: BootKickstartView): string {
  return render(view)
}
