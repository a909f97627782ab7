import t from 'tap'
import { runIpxeScript, type IpxeEnd } from '../../../labctl/rehearsal/uml/run-ipxe-script.ts'
import { parseIpxeScript } from '../../../labctl/rehearsal/uml/parse-ipxe-script.ts'

async function boot(files: Record<string, string>, options: { disk?: boolean, settings?: Record<string, string> } = {}): Promise<{ end: IpxeEnd, said: string[], slept: number[] }> {
  const said: string[] = []
  const slept: number[] = []
  const end = await runIpxeScript('http://b/boot.ipxe', {
    settings: options.settings ?? {}, say: text => { said.push(text) }, sleep: async ms => { slept.push(ms) }, bootsDisk: () => options.disk === true,
    fetch: async url => { const text = files[url.replace('http://b/', '')]; if (text === undefined) throw new Error(`${url}: 404`); return Buffer.from(text) },
  })
  return { end, said, slept }
}

t.test('a kernel and its initrds are started in the order in which they were loaded', async t => {
  const { end } = await boot({ 'boot.ipxe': '#!ipxe\nimgfree\nkernel http://b/k initrd=a initrd=o labctl.mac=${netX/mac} || goto failed\ninitrd --name a http://b/a\ninitrd --name o http://b/o || goto failed\nboot || goto failed\n:failed\nexit\n', k: 'K', a: 'A', o: 'O' }, { settings: { 'netX/mac': '52:54:00:77:01:00' } })
  t.strictSame(end, { kind: 'kernel', kernel: Buffer.from('K'), args: ['labctl.mac=52:54:00:77:01:00'], initrds: [{ name: 'a', bytes: Buffer.from('A') }, { name: 'o', bytes: Buffer.from('O') }] })
})

t.test('a script chains to another, with values escaped where they are to go into a URL', async t => {
  const { end } = await boot({ 'boot.ipxe': '#!ipxe\nchain --replace --autofree http://b/d?p=${product:uristring} || goto failed\n:failed\nexit 1\n', 'd?p=a%20b%26c': '#!ipxe\nsanboot --no-describe --drive 0x80 || exit 1\n' }, { disk: true, settings: { product: 'a b&c' } })
  t.strictSame(end, { kind: 'disk' })
})

t.test('a chain that fails is tried again and given up as the script says', async t => {
  const { end, slept, said } = await boot({ 'boot.ipxe': '#!ipxe\nset tries:int32 0\n:ask\nchain http://b/none || goto failed\n:failed\ninc tries\niseq ${tries} 3 && goto give-up ||\nsleep 30\ngoto ask\n:give-up\necho gave up after ${tries}\nexit 1\n' })
  t.strictSame(end, { kind: 'exit' })
  t.strictSame(slept, [30_000, 30_000])
  t.equal(said.at(-1), 'gave up after 3')
})

t.test('a disk without boot code is not booted, and the script goes on', async t => {
  const { end } = await boot({ 'boot.ipxe': '#!ipxe\nsanboot --no-describe --drive 0x80 || exit 1\n' })
  t.strictSame(end, { kind: 'exit' })
})

t.test('an unknown command fails, and ends a script that does not say what then', async t => {
  const { end, said } = await boot({ 'boot.ipxe': '#!ipxe\nshell\nkernel http://b/k\nboot\n', k: 'K' })
  t.strictSame(end, { kind: 'exit' })
  t.match(said.join('\n'), /shell: the command shell is not known/)
})

t.test('a kernel line that names other initrds than were loaded is not booted', async t => {
  const { end, said } = await boot({ 'boot.ipxe': '#!ipxe\nkernel http://b/k initrd=a\nboot\n', k: 'K' })
  t.strictSame(end, { kind: 'exit' })
  t.match(said.join('\n'), /names the initrds a, loaded are/)
})

t.test('what is no iPXE script is refused', async t => {
  for (const text of ['', '{"status":404}', '#!ipxe\n:a\n:a\n', '#!ipxe\necho a &&\n', '#!ipxe\n|| echo a\n']) t.throws(() => parseIpxeScript(text))
})
