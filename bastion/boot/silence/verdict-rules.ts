import { addressRules } from './address-rules.ts'
import { diskRules } from './disk-rules.ts'
import { installRules } from './install-rules.ts'
import { ipxeRules } from './ipxe-rules.ts'
import { loopRules } from './loop-rules.ts'
import { orderRules } from './order-rules.ts'
import { programRules } from './program-rules.ts'
import { ramdiskRules } from './ramdisk-rules.ts'
import type { VerdictRule } from './verdict-rule.ts'

/** Every verdict, in the order in which they are tried, under the title of its stage. */
export const verdictRules: readonly { title: string, rules: readonly VerdictRule[] }[] = [
  { title: 'Starting over and over', rules: loopRules },
  { title: 'Waited for by an order', rules: orderRules },
  { title: 'Starting from its disk', rules: diskRules },
  { title: 'Getting an address', rules: addressRules },
  { title: 'Fetching the boot program', rules: programRules },
  { title: 'In iPXE', rules: ipxeRules },
  { title: 'In the RAM disk', rules: ramdiskRules },
  { title: 'Carrying out an order', rules: installRules },
]
