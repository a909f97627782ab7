// A strict little iPXE for machines without firmware: it knows what our scripts use, and fails on everything else.
import { parseIpxeScript, type IpxeCommand } from './parse-ipxe-script.ts'

/** What the interpreter stands on. `fetch` gives a file's bytes, or throws. `bootsDisk`: whether the first disk has boot code. */
export interface IpxeGround {
  settings: Readonly<Record<string, string>>
  fetch: (url: string) => Promise<Buffer>
  say: (text: string) => void
  sleep: (ms: number) => Promise<void>
  bootsDisk: () => boolean
}

/** How it ended: a kernel to start with its initrds in order, the first disk, or the next device in the boot order. */
export type IpxeEnd = { kind: 'kernel', kernel: Buffer, args: string[], initrds: { name: string, bytes: Buffer }[] } | { kind: 'disk' } | { kind: 'exit' }

/** Runs the script at `url`, and those that it chains to, until one boots or leaves. A command that fails without `||` ends its script, as in iPXE. */
export async function runIpxeScript(url: string, ground: IpxeGround): Promise<IpxeEnd> {
  const settings: Record<string, string> = { ...ground.settings }
  const images = { kernel: null as { bytes: Buffer, args: string[] } | null, initrds: [] as { name: string, bytes: Buffer }[] }
  let end: IpxeEnd | null = null
  let jump: string | null = null
  let chained: string | null = null
  const fetchFrom = async (word: string | undefined) => { const bytes = await ground.fetch(word ?? ''); ground.say(`${word} : ${bytes.length} bytes`); return bytes }

  const run = async ([verb, ...args]: string[]): Promise<boolean> => {
    switch (verb) {
      case 'true': return true
      case 'echo': ground.say(args.join(' ')); return true
      case 'set': settings[args[0]!.split(':')[0]!] = args.slice(1).join(' '); return true
      case 'inc': settings[args[0]!] = String(Number(settings[args[0]!] ?? '0') + Number(args[1] ?? '1')); return true
      case 'iseq': return args[0] === args[1]
      case 'goto': jump = args[0] ?? ''; return true
      case 'sleep': await ground.sleep(Number(args[0]) * 1000); return true
      case 'imgfree': images.kernel = null; images.initrds = []; return true
      case 'kernel': images.kernel = { bytes: await fetchFrom(args[0]), args: args.slice(1) }; return true
      case 'initrd':
        if (args[0] !== '--name') throw new Error('every initrd must be named (initrd --name NAME URL), or UEFI kernels do not find it')
        images.initrds.push({ name: args[1]!, bytes: await fetchFrom(args[2]) })
        return true
      case 'chain': {
        const options = args.filter(word => word.startsWith('--'))
        if (options.some(word => word !== '--replace' && word !== '--autofree')) throw new Error(`chain ${options.join(' ')} is not known`)
        const target = args.find(word => !word.startsWith('--')) ?? ''
        await fetchScript(target)
        chained = target
        return true
      }
      case 'boot': {
        if (images.kernel === null) throw new Error('boot: no kernel is loaded')
        const wanted = images.kernel.args.filter(word => word.startsWith('initrd=')).map(word => word.slice(7))
        const missing = wanted.filter(name => !images.initrds.some(initrd => initrd.name === name))
        if (missing.length > 0 || wanted.length !== images.initrds.length) throw new Error(`boot: the kernel line names the initrds ${wanted.join(', ')}, loaded are ${images.initrds.map(initrd => initrd.name).join(', ')}`)
        end = { kind: 'kernel', kernel: images.kernel.bytes, args: images.kernel.args.filter(word => !word.startsWith('initrd=')), initrds: images.initrds }
        return true
      }
      case 'sanboot':
        if (args.at(-2) !== '--drive' || args.at(-1) !== '0x80') throw new Error(`sanboot ${args.join(' ')} is not known`)
        if (!ground.bootsDisk()) throw new Error('sanboot: the disk has no boot code')
        end = { kind: 'disk' }
        return true
      case 'exit': end = { kind: 'exit' }; return true
      default: throw new Error(`the command ${String(verb)} is not known`)
    }
  }

  const texts = new Map<string, string>()
  const fetchScript = async (target: string) => { texts.set(target, (await ground.fetch(target)).toString('utf8')) }
  const runLine = async (line: IpxeCommand[]): Promise<boolean> => {
    let good = true
    for (const { when, words } of line) {
      if ((when === 'and' && !good) || (when === 'or' && good)) continue
      good = await run(words.map(word => expandSettings(word, settings))).catch((error: unknown) => { ground.say(`${words[0]}: ${error instanceof Error ? error.message : String(error)}`); return false })
      if (end !== null || jump !== null || chained !== null) return true
    }
    return good
  }

  await fetchScript(url)
  for (let at: string | null = url; at !== null; at = chained) {
    chained = null
    const script = parseIpxeScript(texts.get(at)!)
    for (let line = 0; line < script.lines.length;) {
      const good = await runLine(script.lines[line]!)
      if (end !== null) return end
      if (chained !== null) break
      if (jump !== null) {
        const to = script.labels.get(jump)
        if (to === undefined) throw new Error(`there is no label ${String(jump)}`)
        line = to
        jump = null
      } else if (good) line += 1
      else return { kind: 'exit' }
    }
  }
  return { kind: 'exit' }
}

/** A word with `${name}` and `${name:uristring}` replaced (iPXE's settings); an unknown name gives nothing, as in iPXE. */
export function expandSettings(word: string, settings: Readonly<Record<string, string>>): string {
  return word.replaceAll(/\$\{([^}:]+)(?::([a-z0-9]+))?\}/g, (_, name: string, type: string | undefined) => {
    const value = settings[name] ?? ''
    return type === 'uristring' ? encodeURIComponent(value) : value
  })
}
