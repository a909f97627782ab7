import { dirname } from 'node:path'
import type { MachineSpec } from '../machine-spec.ts'

/** User-Mode Linux's command line: the boot script's kernel arguments, with this kind of machine's hardware around them. `args` empty: the local disk. Paths are those of the host; inside they stand below /host. */
export function planUml(spec: MachineSpec, args: readonly string[], initrd: string): string[] {
  // The serial line is ttyS0 as on metal; there is no screen.
  const kept = args.filter(word => !word.startsWith('rdinit=') && !/^console=tty\d/.test(word))
  return [
    `mem=${spec.memoryMib}M`, 'seccomp=on', 'noreboot', 'con=null', 'con0=null', 'ssl=null', 'ssl0=fd:0,fd:1', `uml_dir=/host${dirname(initrd)}/`, 'umid=uml',
    `initrd=/host${initrd}`, 'rdinit=/uml/init',
    ...spec.nics.map(({ mac, tap }, at) => `vec${at}:transport=tap,ifname=${tap},mac=${mac},depth=128,gro=1`),
    ...kept, ...kept.some(word => word.startsWith('console=')) ? [] : ['console=ttyS0'],
  ]
}
