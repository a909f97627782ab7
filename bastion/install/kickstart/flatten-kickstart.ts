import type { KickstartFile } from './answer-kickstart.ts'

/** One file of labctl.ks and what the bastion answers, the include and the scripts in their places: for people and for ksvalidator. Refuses (throws) a labctl.ks without those places. */
export function flattenKickstart(boot: string, files: Record<KickstartFile, string>): string {
  const script = (...names: KickstartFile[]): string => names.map(name => `\n# ---- ${name}\n${inSection(files[name].trimEnd())}\n`).join('')
  const places: [string, string][] = [
    ['exec sh /run/labctl/overlay/kickstart-pre.sh', `sh /run/labctl/overlay/kickstart-pre.sh\n# Which asks the bastion, and then runs:\n${script('storage-pre.sh')}`],
    ['%include /run/labctl/machine.ks', files['machine.ks'].trimEnd()],
    ['exec sh /run/labctl/answer/nochroot.sh', script('nochroot.sh', 'storage-carry.sh')],
    ['exec sh /root/.labctl/post.sh', script('post.sh')],
    ['sh /run/labctl/answer/nochroot.sh after && exec sh /run/labctl/answer/storage-end.sh', `sh /run/labctl/answer/nochroot.sh after || exit 1\n${script('storage-end.sh')}`],
  ]
  return places.reduce((text, [place, part]) => {
    const [before, after, ...more] = text.split(`\n${place}\n`)
    if (after === undefined || more.length > 0) throw new TypeError(`labctl.ks has not one line ${JSON.stringify(place)}.`)
    return `${before}\n${part.trimEnd()}\n${after}`
  }, boot)
}

/** A line that begins with % would end the section, or be an include (pykickstart, parser.py). In our scripts such lines stand within quotes only, where an end and a new beginning of the quotes change nothing. */
function inSection(script: string): string {
  return script.replaceAll(/^(\s*)%/gm, "$1''%")
}
