// Bonds and VLANs of a machine's settings, up: installed, booted, and answering from outside.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { rehearsalNetwork } from '../../labctl/rehearsal/rehearsal-network.ts'
import { discovered, firstBooted, rehearsed } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000
const askArp = fileURLToPath(new URL('../lib/ask-arp.pl', import.meta.url))

t.test('a machine whose two cards are a bond, with a VLAN on it, comes up with both and answers on both', { timeout: minutes(20) }, async t => {
  const rehearsal = await rehearsed(t, {}, { operatorKey: true })
  const machine = rehearsal.addMachine({ kind: 'uml', nics: 3 })
  const [first, second, third] = machine.spec.nics.map(({ mac }) => mac)
  await machine.powerOn()
  t.equal((await discovered(rehearsal, machine, minutes(3))).facts!.nics.length, 3)
  const key = readFileSync(`${rehearsal.folder.operatorKey}.pub`, 'utf8').trim()
  const file = join(t.testdir(), 'settings.yaml')
  writeFileSync(file, JSON.stringify({
    users: [{ name: 'alice', sudo: true, sshKeys: [key] }], dns: ['10.77.0.1'],
    network: {
      bonds: [{ name: 'bond0', mode: 'active-backup', members: [first, second], addresses: ['10.77.0.50/24'], gateway: '10.77.0.1' }],
      vlans: [{ id: 30, on: 'bond0', addresses: ['10.30.0.5/24'] }, { id: 40, on: third, addresses: ['10.40.0.5/24'] }],
    },
  }))
  const told = await rehearsal.labctl(['provision', 'install', machine.mac, 'worker-1', '--settings', file])
  t.equal(told.exitCode, 0, told.stderr)
  t.match((await firstBooted(rehearsal, machine, minutes(10))).machine, { state: 'installed' }, 'its first boot was told over the bond')

  const ssh = (script: string) => rehearsal.inside('ssh', ['-F', 'none', '-T', '-i', rehearsal.folder.operatorKey, ...['IdentitiesOnly=yes', 'BatchMode=yes', 'ConnectTimeout=20', 'LogLevel=ERROR', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap(option => ['-o', option]), 'alice@10.77.0.50', 'sh -s'], { timeoutMs: minutes(3), input: script })
  // A kernel of User-Mode Linux has neither NFS nor iSCSI.
  const look = `
    echo "bond $(ip -d -o link show bond0 | grep -o ' bond mode [a-z-]*' | cut -c7-) $(cat /sys/class/net/bond0/bonding/slaves)"
    for card in $(cat /sys/class/net/bond0/bonding/slaves); do echo "member $(cat /sys/class/net/$card/address)"; done
    ip -d -o link show type vlan | sed -n 's/^[0-9]*: \\(vlan[0-9]*\\)@\\([a-z0-9]*\\):.*vlan protocol \\([0-9.A-Za-z]*\\) id \\([0-9]*\\).*/tagged \\1 on \\2 \\3 \\4/p'
    echo "addresses $(ip -4 -o address show scope global | awk '{ print $2, $4 }' | sort | tr '\\n' ' ')"
    echo "route $(ip -4 route show default)"
    echo "dns $(resolvectl dns bond0) $(resolvectl dns | tr '\\n' ' ')"
    echo "online $(networkctl --no-legend --no-pager list | awk '{ print $2, $4, $5 }' | sort | tr '\\n' ';')"
    echo "permanent $(for card in /sys/class/net/vec*; do ip -o link show dev $(basename $card) | grep -c permaddr; done | tr '\\n' ' ')"
    echo "failed $(systemctl --failed --no-legend --plain | awk '{ print $1 }' | grep -vxE 'run-rpc_pipefs.mount|iscsid.service' | tr '\\n' ' ')"`
  const check = ({ stdout, stderr }: { stdout: string, stderr: string }) => {
    for (const wanted of [
      /^bond mode active-backup vec\d vec\d$/m, /^tagged vlan30 on bond0 802\.1Q 30$/m, /^tagged vlan40 on \w+ 802\.1Q 40$/m,
      /^addresses bond0 10\.77\.0\.50\/24 vlan30 10\.30\.0\.5\/24 vlan40 10\.40\.0\.5\/24 $/m, /^route default via 10\.77\.0\.1 dev bond0/m, /^dns .*10\.77\.0\.1/m, /bond0 routable configured/, /vlan30 routable configured/, /^failed *$/m,
    ]) t.match(stdout, wanted, `${stdout}\n${stderr}`)
    t.equal(stdout.match(new RegExp(`^member ${first}$`, 'gm'))?.length, 2, 'both members have the bond’s address')
  }
  const seen = await ssh(look)
  t.comment(seen.stdout)
  check(seen)
  check(await ssh(`sudo -n systemctl restart systemd-networkd; sudo -n /usr/lib/systemd/systemd-networkd-wait-online --timeout=60 --interface=bond0; ${look}`))

  const whoHas = (vlan: number, address: string) => rehearsal.inside('perl', [askArp, rehearsalNetwork.bridge, String(vlan), address, address.replace(/\d+$/, '1'), '10'], { timeoutMs: minutes(1) })
  t.match(await whoHas(30, '10.30.0.5'), { exitCode: 0, stdout: first! }, 'who asks on VLAN 30 is answered, by the bond')
  t.match(await whoHas(40, '10.40.0.5'), { exitCode: 0, stdout: third! }, 'and on VLAN 40 by the third card')
  t.match(await whoHas(31, '10.30.0.5'), { exitCode: 1, stdout: '' }, 'nobody is on VLAN 31')
  await machine.powerOff()
})
