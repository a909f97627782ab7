// Finds in a line of Anaconda's log what it does: the few texts that say so, as pyanaconda of Fedora 42 to 45 and RHEL 9 and 10 writes them. Anybody can send such a line.

/** What one line says. `installing`: the package with that number of all; where the line has no number, one more package. */
export type InstallerWord =
  | { kind: 'resolved', packages: number }
  | { kind: 'downloading', packages: number, percent: number }
  | { kind: 'installing', number: number, of: number }
  | { kind: 'installing-next' }
  | { kind: 'step', step: InstallerStep }

/** Parts of an installation, in their order. */
export const installerSteps = ['storage', 'preparing', 'downloading', 'installing', 'scripts', 'boot-loader', 'finishing', 'configuring', 'initramfs', 'post'] as const
/** One of {@link installerSteps}. */
export type InstallerStep = typeof installerSteps[number]

/** Names of task queues (installation.py) and of tasks (the `name` of each, which modules/common/task/task.py logs as the task begins). */
const steps = new Map<string, InstallerStep>(Object.entries({
  'Early storage configuration': 'storage', 'Create storage layout': 'storage', 'Pre install tasks': 'preparing', 'Download packages': 'downloading', 'Install packages': 'installing',
  'Bootloader installation': 'boot-loader', 'Configure the bootloader': 'boot-loader', 'Install the bootloader': 'boot-loader', 'Post-installation setup tasks': 'finishing', 'Installed system configuration': 'configuring',
  'Initramfs generation': 'initramfs', 'Recreate the initrds': 'initramfs', 'Post installation scripts': 'post',
}))

/** Before the words: the module, as a D-Bus module's standard error has it (`INFO:anaconda.modules.…:`, behind a tag that rsyslog cut at 32 characters), or as the main process's journal has it (`anaconda: installation: `). */
const prefix = /^(?:(?:[\w.-]{1,64} ){0,2}(?:DEBUG|INFO):anaconda\.[\w.]{1,100}:|(?:anaconda: )?[a-z][\w.]{0,100}: )/
const queue = /^Queue started: ([\w -]{1,60}) \(\d{1,3}\/\d{1,3}\)$/
const resolved = /^The software selection has been resolved \((\d{1,6}) packages selected\)\.$/
const downloading = /^Downloading (\d{1,6}) RPMs, [\d.]{1,12} ?\w{0,5} \/ [\d.]{1,12} ?\w{0,5} \((\d{1,3})%\) done\.$/
const packageName = '[\\w.+~^:-]{1,200}'
/** dnf 4 counts (`Installing bash.x86_64 (12/400)`), and names each package once more (`Installed: NEVRA TIME SUM`); dnf 5 names it alone (`Installing - NEVRA`). */
const counted = new RegExp(`^Installing ${packageName} \\((\\d{1,6})/(\\d{1,6})\\)$`)
const named = new RegExp(`^(?:Installed: ${packageName} \\d{1,12} [0-9a-f]{1,128}|Installing - ${packageName})$`)

/** What the text of a line says; null for nearly all of them. */
export function parseInstallerLine(text: string): InstallerWord | null {
  if (text.length > 500) return null
  const words = text.slice(prefix.exec(text)?.[0].length ?? 0)
  const step = steps.get(queue.exec(words)?.[1] ?? words)
  if (step !== undefined) return { kind: 'step', step }
  if (words === 'Post installation setup phase started.') return { kind: 'step', step: 'scripts' }
  const all = resolved.exec(words)
  if (all !== null) return { kind: 'resolved', packages: Number(all[1]) }
  const download = downloading.exec(words)
  if (download !== null) return Number(download[2]) > 100 ? null : { kind: 'downloading', packages: Number(download[1]), percent: Number(download[2]) }
  const count = counted.exec(words)
  if (count !== null) return Number(count[1]) > Number(count[2]) ? null : { kind: 'installing', number: Number(count[1]), of: Number(count[2]) }
  return named.test(words) ? { kind: 'installing-next' } : null
}
