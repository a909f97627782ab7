import t from 'tap'
import { judgeSettings } from '../../../bastion/platform/judge-settings.ts'
import { parseConfig } from '../../../bastion/platform/read-config.ts'
import type { MachineSettings, NetworkSettings } from '../../../protocol/machine-settings.ts'
import { sampleAuthority, sampleLeaf } from '../../lib/sample-authority.ts'

const [one, two, three] = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03'] as const
const hash = `$6$abcdefgh$${'a'.repeat(86)}`

const networks: [string, NetworkSettings, RegExp[]][] = [
  ['an address with its gateway', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }] }, []],
  ['both families, and a router by its link-local address', { cards: [{ mac: one, addresses: ['10.0.0.5/24', '2001:db8::5/64'], gateway: '10.0.0.1', gateway6: 'fe80::1' }] }, []],
  ['a point-to-point network of two addresses', { cards: [{ mac: one, addresses: ['10.0.0.0/31'], gateway: '10.0.0.1' }] }, []],
  ['a bond with a VLAN', { bonds: [{ name: 'bond0', mode: 'active-backup', members: [one, two] }], vlans: [{ id: 5, on: 'bond0', dhcp: true }] }, []],
  ['a card that only carries VLANs', { cards: [{ mac: one }], vlans: [{ id: 5, on: '52-54-00-00-00-01', dhcp: true }] }, []],
  ['nothing at all', {}, [/^network: nothing in it gets an address/]],
  ['a card without an address', { cards: [{ mac: one, dhcp: true }, { mac: two }] }, [/^network\.cards\.1: it gets no address; wanted is dhcp: true or addresses/]],
  ['a MAC of nobody', { cards: [{ mac: 'ff:ff:ff:ff:ff:ff', dhcp: true }] }, [/^network\.cards\.0\.mac: ff:ff:ff:ff:ff:ff is not the MAC address of a card/]],
  ['a card twice', { cards: [{ mac: one, dhcp: true }, { mac: '525400000001', dhcp: true }] }, [/^network\.cards\.1\.mac: 525400000001 is named already, as cards\.0\.mac/]],
  ['a card beside its bond', { cards: [{ mac: one, dhcp: true }], bonds: [{ name: 'bond0', mode: 'active-backup', members: [one, two], dhcp: true }] }, [/^network\.bonds\.0\.members\.0: .* is named already, as cards\.0\.mac/]],
  ['a card in two bonds', { bonds: [{ name: 'bond0', mode: 'active-backup', members: [one, two], dhcp: true }, { name: 'bond1', mode: 'active-backup', members: [two, three], dhcp: true }] }, [/^network\.bonds\.1\.members\.0: .* is named already/]],
  ['a bond of one', { bonds: [{ name: 'bond0', mode: '802.3ad', members: [one], dhcp: true }] }, [/^network\.bonds\.0\.members: a bond needs at least two cards, and has 1/]],
  ['two bonds of one name', { bonds: [{ name: 'bond0', mode: 'active-backup', members: [one, two], dhcp: true }, { name: 'bond0', mode: 'active-backup', members: [three, '52:54:00:00:00:04'], dhcp: true }] }, [/^network\.bonds\.1\.name: bond0 is named already/]],
  ['a bond with the name of a VLAN', { bonds: [{ name: 'vlan7', mode: 'active-backup', members: [one, two], dhcp: true }] }, [/^network\.bonds\.0\.name: vlan7 is taken by the system/]],
  ['a VLAN on nothing', { vlans: [{ id: 5, on: 'bond9', dhcp: true }] }, [/^network\.vlans\.0\.on: bond9 is neither the MAC address of a card nor a bond named here/]],
  ['a VLAN on a member', { bonds: [{ name: 'bond0', mode: 'active-backup', members: [one, two], dhcp: true }], vlans: [{ id: 5, on: one, dhcp: true }] }, [/^network\.vlans\.0\.on: .* is a member of a bond/]],
  ['a VLAN twice', { cards: [{ mac: one, dhcp: true }, { mac: two, dhcp: true }], vlans: [{ id: 5, on: one, dhcp: true }, { id: 5, on: two, dhcp: true }] }, [/^network\.vlans\.1\.id: 5 is named already/]],
  ['a gateway of another network', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway: '10.0.1.1' }] }, [/^network\.cards\.0\.gateway: 10\.0\.1\.1 can’t be reached: it is in no network of cards\.0\.addresses \(10\.0\.0\.5\/24\)/]],
  ['a gateway that is everybody', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway: '10.0.0.255' }] }, [/^network\.cards\.0\.gateway: 10\.0\.0\.255 can’t be reached/]],
  ['a gateway without an address', { cards: [{ mac: one, dhcp: true, gateway: '10.0.0.1' }] }, [/^network\.cards\.0\.gateway: 10\.0\.0\.1 can’t be reached: .*\(none\)/]],
  ['a gateway that is the machine', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway: '10.0.0.5' }] }, [/^network\.cards\.0\.gateway: 10\.0\.0\.5 is the machine’s own address/]],
  ['a gateway of the other family', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway6: '10.0.0.1' }] }, [/^network\.cards\.0\.gateway6: 10\.0\.0\.1 is not an IPv6 address/]],
  ['two default routes', { cards: [{ mac: one, addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }], vlans: [{ id: 5, on: two, addresses: ['10.0.5.5/24'], gateway: '10.0.5.1' }] }, [/^network\.vlans\.0\.gateway: 10\.0\.5\.1 would be a second default route, beside 10\.0\.0\.1 of cards\.0/]],
  ['an address without a prefix', { cards: [{ mac: one, addresses: ['10.0.0.5/33'] }] }, [/^network\.cards\.0\.addresses\.0: 10\.0\.0\.5\/33 is not an address with a prefix, such as/]],
  ['the network as an address', { cards: [{ mac: one, addresses: ['10.0.0.0/24'] }] }, [/^network\.cards\.0\.addresses\.0: 10\.0\.0\.0\/24 is the address of the whole network/]],
  ['everybody as an address', { cards: [{ mac: one, addresses: ['10.0.0.255/24'] }] }, [/^network\.cards\.0\.addresses\.0: .* or of everybody in it/]],
  ['loopback as an address', { cards: [{ mac: one, addresses: ['127.0.0.5/8', 'ff02::5/64'] }] }, [/addresses\.0: 127\.0\.0\.5\/8 can’t be a machine’s/, /addresses\.1: ff02::5\/64 can’t be a machine’s/]],
  ['an address twice', { cards: [{ mac: one, addresses: ['10.0.0.5/24'] }, { mac: two, addresses: ['10.0.0.5/16'] }] }, [/^network\.cards\.1\.addresses\.0: 10\.0\.0\.5 is named already, as cards\.0\.addresses\.0/]],
]
for (const [name, network, wanted] of networks) {
  t.test(`network: ${name}`, async t => {
    const mistakes = judgeSettings({ network })
    t.equal(mistakes.length, wanted.length, mistakes.join('\n'))
    for (const [index, pattern] of wanted.entries()) t.match(mistakes[index], pattern)
  })
}

const others: [string, MachineSettings, RegExp[]][] = [
  ['nothing', {}, []],
  ['users as they should be', { users: [{ name: 'alice', sudo: true, sshKeys: ['ssh-ed25519 A'] }, { name: 'bob', passwordHash: hash, sudo: true }, { name: 'carol' }] }, []],
  ['a name of the system', { users: [{ name: 'root', sshKeys: ['ssh-ed25519 A'] }, { name: 'systemd-x' }] }, [/^users\.0\.name: root is a name of the system; the keys of root are install\.authorizedKeys/, /^users\.1\.name/]],
  ['a name and a number twice', { users: [{ name: 'alice', uid: 2000 }, { name: 'alice', uid: 2000 }] }, [/^users\.1\.name: alice is named twice/, /^users\.1\.uid: 2000/]],
  ['sudo without a way in', { users: [{ name: 'alice', sudo: true }] }, [/^users\.0: alice may become root, but has neither an SSH key nor a password/]],
  ['a name server that is a name', { dns: ['10.0.0.1', 'dns.example'] }, [/^dns\.1: dns\.example is not an address/]],
  ['a proxy for nothing', { proxy: { except: ['a.example'] } }, [/^proxy: neither http nor https is given/]],
  ['a time zone of nowhere', { timezone: 'Europe/Nowhere' }, [/^timezone: there is no time zone Europe\/Nowhere/]],
  ['a hook without an interpreter', { hook: { script: 'echo hello\n' } }, [/^hook\.script: its first line names no interpreter/]],
  ['a hook from another system', { hook: { script: '#!/bin/sh\r\ntrue\r\n' } }, [/^hook\.script: its lines end with CR LF/]],
  ['an authority', { tlsCa: [sampleAuthority] }, []],
  ['a certificate that is none, is no authority’s, or is two', { tlsCa: ['hello', sampleLeaf, sampleAuthority + sampleAuthority, sampleAuthority.replace('MII', 'MIJ')] }, [/^tlsCa\.0: wanted is one certificate/, /^tlsCa\.1: this is not the certificate of an authority/, /^tlsCa\.2: wanted is one/, /^tlsCa\.3: this is not a certificate/]],
]
for (const [name, settings, wanted] of others) {
  t.test(name, async t => {
    const mistakes = judgeSettings(settings)
    t.equal(mistakes.length, wanted.length, mistakes.join('\n'))
    for (const [index, pattern] of wanted.entries()) t.match(mistakes[index], pattern)
  })
}

t.test('a password in place of its hash is refused, and not repeated', async t => {
  const [mistake = ''] = judgeSettings({ users: [{ name: 'alice', passwordHash: 'correct horse battery' }] })
  t.match(mistake, /^users\.0\.passwordHash: this is not the hash of a password/)
  t.notMatch(mistake, /horse/)
  t.throws(() => parseConfig('install: { settings: { worker: { users: [{ name: alice, passwordHash: hunter2 }] } } }', 'x.yaml'), { message: /^(?!.*hunter2)/s, code: 'BST_CONFIG_INVALID' })
})

t.test('bastion.yaml names each mistake with its place', async t => {
  const wrong = (yaml: string, message: RegExp) => { t.throws(() => parseConfig(yaml, 'x.yaml'), { message }) }
  wrong('install: { settings: { nobody: { locale: de_DE.UTF-8 } } }', /install\.settings\.nobody: there is no layout for the role nobody/)
  wrong('install: { settings: { worker: { dns: [x] } } }', /install\.settings\.worker\.dns\.0/)
  wrong('install: { settings: { default: { locale: german } } }', /install\.settings\.default\.locale/)
  wrong('install: { settings: { worker: { users: [{ name: "a b" }] } } }', /install\.settings\.worker\.users\.0\.name/)
  wrong('install: { settings: { worker: { kernelArguments: ["quiet; reboot"] } } }', /install\.settings\.worker\.kernelArguments\.0/)
  wrong('install: { settings: { worker: { proxy: { http: "http://user:secret@proxy:3128" } } } }', /install\.settings\.worker\.proxy\.http/)
  wrong('install: { settings: { worker: { network: { cards: [{ mac: "52:54:00:00:00:01", addresses: [10.0.0.5/24], gateway: 10.1.0.1 }] } } } }', /install\.settings\.worker\.network\.cards\.0\.gateway: 10\.1\.0\.1 can’t be reached/)
  t.same(parseConfig('install: { settings: { default: { locale: de_DE.UTF-8 }, worker: { ntp: [ntp.example] } } }', 'x.yaml').install.settings, { default: { locale: 'de_DE.UTF-8' }, worker: { ntp: ['ntp.example'] } })
})
