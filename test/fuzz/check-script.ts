import { parseIpxeScript } from '../../labctl/rehearsal/uml/parse-ipxe-script.ts'

/** Throws what is wrong with a script that a machine's iPXE would be given. */
export function checkScript(text: string): void {
  const { lines } = parseIpxeScript(text)
  if (lines.length < 2) throw new Error('the script does nothing')
  for (const line of text.split('\n')) {
    if (line.length > 1000) throw new Error('a line is longer than iPXE takes')
    if (!/^[\u0020-\u007e]*$/.test(line)) throw new Error(`a line is not plain ASCII: ${JSON.stringify(line)}`)
    if (/^(echo )/.test(line) && /\$\{|`/.test(line)) throw new Error(`iPXE would expand ${JSON.stringify(line)}`)
  }
}
