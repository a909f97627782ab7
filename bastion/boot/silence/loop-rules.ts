// Verdicts about machines that are not silent at all: they start over and over.
import type { Boot } from './judge-boots.ts'
import type { Seen, VerdictRule } from './verdict-rule.ts'

const starts = 4
const withinMs = 1_800_000
const dispatched = 5
const overlay = 7
/** Between its second stage and its facts. */
const inInstaller = 8

/** When the last word came of a machine whose last four boots all are so, began within half an hour, and are not over for longer than that. */
function loop(isSo: (boot: Boot) => boolean): VerdictRule['since'] {
  return ({ boots, now }: Seen) => {
    const recent = boots.slice(-starts)
    const at = recent.at(-1)?.words.at(-1)?.at
    const [first] = recent
    return recent.length === starts && recent.every(isSo) && at !== undefined && at - first!.startedAt <= withinMs && now - at <= withinMs ? at : null
  }
}

/** When iPXE asked last, which was told to load the RAM disk four times running: it starts over from its script every 30 s by itself, within one boot. It may have loaded everything each time, and failed at the last. */
function ipxeLoop({ boot, now }: Seen): number | null {
  const words = boot?.words ?? []
  const since = words.slice(words.findLastIndex(word => word.rank > overlay) + 1)
  const asked = since.filter(word => word.kind === 'dispatched-ramdisk').slice(-starts)
  const at = since.at(-1)?.at
  return asked.length === starts && at !== undefined && at - asked[0]!.at <= withinMs && now - at <= withinMs ? at : null
}

const only = (fits: (seen: Seen) => boolean, since: VerdictRule['since']): VerdictRule['since'] => seen => fits(seen) ? since(seen) : null
const sentToDisk = (boot: Boot) => boot.furthest === dispatched && boot.words.some(word => word.kind === 'dispatched-local-disk')

/** In this order: the first that fits is given. */
export const loopRules: readonly VerdictRule[] = [
  {
    code: 'empty-disk-loop', seen: 'four starts within half an hour of a machine that nothing was installed on from here, each of which was sent to the local disk', after: 'loop',
    means: 'Its disk most probably holds no system that starts.',
    tries: 'labctl provision install {ref} NAME orders one, which begins with its next start. With discovery.afterwards: poweroff such machines are switched off once they are discovered.',
    since: only(({ installed, order }) => !installed && order === null, loop(sentToDisk)),
  },
  {
    code: 'disk-loop', seen: 'four starts within half an hour, each of which was sent to the local disk', after: 'loop',
    means: 'What its disk holds most probably does not start, or does not stay up.',
    tries: 'Look at its screen; labctl provision rescue {ref} lets you look inside, labctl provision reprovision {ref} installs anew and keeps data.',
    since: loop(sentToDisk),
  },
  {
    code: 'installer-loop', seen: 'four starts within half an hour, each of which loaded the installer and sent no facts', after: 'loop',
    means: 'The installer most probably has no driver for its network card, too little memory (Fedora wants 3 GiB), or hardware that it does not get on with.',
    tries: 'Look at its console; ramdisk.arguments in bastion.yaml takes kernel arguments for it too, such as nomodeset or acpi=off. A newer release’s tree has newer drivers.',
    since: only(({ byInstaller }) => byInstaller, loop(boot => boot.furthest === overlay || boot.furthest === inInstaller)),
  },
  {
    code: 'ramdisk-loop', seen: 'four starts within half an hour, each of which loaded the RAM disk and sent no facts', after: 'loop',
    means: 'The RAM disk’s kernel most probably panics on this machine (it restarts after 30 s): too little memory, or hardware that it does not get on with.',
    tries: 'Look at its console; give it at least 1 GiB of memory; ramdisk.arguments in bastion.yaml takes kernel arguments, such as nomodeset or acpi=off.',
    since: loop(boot => boot.furthest === overlay),
  },
  {
    code: 'boot-loop', seen: 'four starts within half an hour, none of which came as far as the RAM disk', after: 'loop',
    means: 'Whatever stops it does so each time; this is what the start before ended with:',
    tries: 'labctl provision describe {ref} shows the last thing of each start; look at its screen there.',
    since: loop(boot => boot.furthest < overlay && !sentToDisk(boot)),
    alike: true,
  },
  {
    code: 'ipxe-loop', seen: 'iPXE was told to load the RAM disk four times within half an hour, and could not', after: 'loop',
    means: 'Its memory most probably does not hold the RAM disk, or the connection breaks off each time.',
    tries: 'Look at its screen, which says why; give it at least 1 GiB of memory; without NIC firmware (ramdisk.firmware: false) the RAM disk is smaller.',
    since: ipxeLoop,
  },
]
