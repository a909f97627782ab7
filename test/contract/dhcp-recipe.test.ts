// Contract: the lines for another DHCP server make machines boot from here. A dnsmasq of the network's own is given them; the bastion, with DHCP off, serves the files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pino } from 'pino'
import { bootProgramFolder, startDhcp, type Dhcp } from '../../bastion/dhcp/start-dhcp.ts'
import { Events } from '../../bastion/platform/events.ts'
import { runProgram } from '../../bastion/platform/run-program.ts'
import { bootPrograms } from '../../ipxe/boot-programs.ts'
import { planRecipe } from '../../labctl/doctor/dhcp-recipes/plan-recipe.ts'
import { renderRecipe } from '../../labctl/doctor/dhcp-recipes/render-recipe.ts'
import { dhcpConfig } from '../lib/dhcp-config.ts'
import { makeBridge, plugInto, startLanServer } from '../lib/lan.ts'
import { leaseAddress } from '../lib/lease-address.ts'
import { ownNetwork, type CableEnd } from '../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-recipe-'))
const recipe = planRecipe('10.77.0.1', 8080)
const file = join(folder, 'labctl.conf')
writeFileSync(file, `${renderRecipe('dnsmasq', recipe)}\n`)
let lan: CableEnd
let machine: CableEnd
let stopLan: () => Promise<void>
let dhcp: Dhcp
t.before(async () => {
  await makeBridge('boot0', '10.77.0.1/24')
  lan = await plugInto('boot0', 'lan')
  machine = await plugInto('boot0', 'machine')
  await lan.run('ip', 'address', 'add', '10.77.0.2/24', 'dev', 'eth0')
  stopLan = await startLanServer(lan, [`conf-file=${file}`, 'dhcp-range=10.77.0.100,10.77.0.199,1h', `dhcp-leasefile=${join(folder, 'leases')}`])
  dhcp = await startDhcp({ config: dhcpConfig({ mode: 'off', rangeStart: null, rangeEnd: null }), stateDirectory: join(folder, 'state'), bootUrl: 'http://10.77.0.1:8080', events: new Events(error => { throw error }), journal: pino({ level: 'silent' }) })
})
t.teardown(async () => {
  await dhcp?.stop(2000)
  await stopLan?.()
  await machine?.end()
  await lan?.end()
  rmSync(folder, { recursive: true })
})

t.test('dnsmasq itself accepts the lines', async t => {
  const { stderr } = await runProgram('/usr/sbin/dnsmasq', ['--test', `--conf-file=${file}`], { timeoutMs: 10_000 })
  t.match(stderr, 'syntax check OK')
})

const asked = bootPrograms.flatMap(program => program.asked.map(architecture => ({ program, architecture })))
asked.forEach(({ program, architecture }, index) => {
  t.test(`architecture ${architecture} (${program.tag}) is told by the other server what the bastion serves`, async t => {
    const http = program.loadedBy === 'http'
    const reply = await leaseAddress(machine, { mac: `52:54:00:00:00:${(index + 16).toString(16)}`, architecture, vendorClass: `${http ? 'HTTP' : 'PXE'}Client:Arch:${String(architecture).padStart(5, '0')}:UNDI:003001` })
    t.equal(reply?.sourceAddress, '10.77.0.2', 'the bastion itself answers nothing')
    t.equal(reply?.file, http ? `http://10.77.0.1:8080/ipxe/${program.file}` : program.file)
    if (http) return void t.equal(reply?.options.get(60)?.toString(), 'HTTPClient')
    t.equal(reply?.nextServer, '10.77.0.1')
    if (!program.required) return
    await machine.run('ip', 'address', 'add', `${reply!.yourAddress}/24`, 'dev', 'eth0')
    await machine.run('curl', '--silent', '--show-error', '--fail', '--max-time', '20', '--output', join(folder, 'fetched'), `tftp://${reply!.nextServer}/${reply!.file}`)
    t.ok(readFileSync(join(folder, 'fetched')).equals(readFileSync(join(bootProgramFolder(join(folder, 'state')), program.file))))
    await machine.run('ip', 'address', 'flush', 'dev', 'eth0')
  })
})

t.test('iPXE is told the first script, whatever loaded it', async t => {
  for (const architecture of [0, 7, 11]) {
    const reply = await leaseAddress(machine, { mac: `52:54:00:00:01:0${architecture % 10}`, architecture, userClass: 'iPXE', ipxe: true, vendorClass: `PXEClient:Arch:000${String(architecture).padStart(2, '0')}:UNDI:003001` })
    t.equal(reply?.file, recipe.script)
  }
})
