import type { MachineKickstart } from './machine-kickstart-question.ts'

const parts = { nochroot: 'exec sh /run/labctl/answer/nochroot.sh', post: 'exec sh /root/.labctl/post.sh', machine: '%include /run/labctl/machine.ks' }

/** One file of labctl.ks and what the bastion answers, the include and the scripts in their places: for people and for ksvalidator. Refuses (throws) a labctl.ks without those places. */
export function flattenKickstart(boot: string, { machine, nochroot, post }: Extract<MachineKickstart, { kind: 'text' }>): string {
  return [[parts.machine, machine], [parts.nochroot, inSection(nochroot)], [parts.post, inSection(post)]].reduce((text, [place, part]) => {
    const [before, after, ...more] = text!.split(`\n${place}\n`)
    if (after === undefined || more.length > 0) throw new TypeError(`labctl.ks has not one line ${JSON.stringify(place)}.`)
    return `${before}\n${part!.trimEnd()}\n${after}`
  }, boot)!
}

/** A line that begins with % would end the section, or be an include (pykickstart, parser.py). In our scripts such lines stand within quotes only, where an end and a new beginning of the quotes change nothing. */
function inSection(script: string): string {
  return script.replaceAll(/^(\s*)%/gm, "$1''%")
}
