import t from 'tap'
import { addressNumber, isNetmask, networkOf } from '../../../bastion/platform/address-number.ts'
import { parseConfig } from '../../../bastion/platform/read-config.ts'

const boot = 'bootPlane: {address: 10.77.0.1}'
const own = 'mode: server, interface: br0, rangeStart: 10.77.0.100, rangeEnd: 10.77.0.199'
const far = '{network: 10.78.0.0, rangeStart: 10.78.0.50, rangeEnd: 10.78.0.90, router: 10.78.0.1}'
const config = (dhcp: string, planes = boot) => `dhcp: {${dhcp}}\n${planes}\n`

const right: [string, string][] = [
  ['proxy mode with an interface and nothing to lease', config('mode: proxy, interface: br0')],
  ['server mode', config(own)],
  ['a network behind a relay', config(`${own}, subnets: [${far}]`)],
  ['networks behind relays alone', config(`mode: server, interface: br0, subnets: [${far}]`)],
  ['reservations in the range and outside', config(`${own}, subnets: [${far}], reservations: [{mac: "52:54:00:00:00:01", address: 10.77.0.100}, {mac: "52:54:00:00:00:02", address: 10.78.0.7}]`)],
  ['anything in mode off', config('mode: off, rangeStart: 10.0.0.9, rangeEnd: 10.0.0.1', '')],
]
for (const [name, source] of right) t.test(`taken: ${name}`, async t => { t.ok(parseConfig(source, 'bastion.yaml')) })

const reserve = (...entries: string[]) => config(`${own}, reservations: [${entries.join(', ')}]`)
const wrong: [string, string, RegExp][] = [
  ['proxy mode without an interface', config('mode: proxy'), /dhcp\.interface: proxy mode needs/],
  ['proxy mode that would lease', config(`mode: proxy, interface: br0, rangeStart: 10.77.0.100, dns: [9.9.9.9], reservations: [{mac: "52:54:00:00:00:01", address: 10.77.0.7}]`), /dhcp\.rangeStart: proxy mode leases nothing(.|\n)*dhcp\.dns(.|\n)*dhcp\.reservations/],
  ['proxy mode on an address that no machine reaches', config('mode: proxy, interface: br0', ''), /bootPlane\.address: 127\.0\.0\.1 is no address that machines reach/],
  ['half a range', config(`mode: server, interface: br0, rangeStart: 10.77.0.9, subnets: [${far}]`), /server mode needs both/],
  ['a network that is none', config(`${own}, subnets: [${far.replace('10.78.0.0', '10.78.0.1')}]`), /dhcp\.subnets\.0\.network: 10\.78\.0\.1 is not a network with netmask 255\.255\.255\.0; that would be 10\.78\.0\.0/],
  ['a netmask behind a relay that is none', config(`${own}, subnets: [${far.replace('rangeStart', 'netmask: 255.0.255.0, rangeStart')}]`), /dhcp\.subnets\.0\.netmask/],
  ['a range outside its network', config(`${own}, subnets: [${far.replace('10.78.0.90', '10.79.0.90')}]`), /dhcp\.subnets\.0\.rangeEnd: 10\.79\.0\.90 is not in the network 10\.78\.0\.0/],
  ['a router outside its network', config(`${own}, subnets: [${far.replace('10.78.0.1}', '10.77.0.1}')}]`), /dhcp\.subnets\.0\.router/],
  ['no router behind a relay', config(`${own}, subnets: [${far.replace(', router: 10.78.0.1', '')}]`), /router/],
  ['two networks that overlap', config(`${own}, subnets: [${far}, ${far}]`), /dhcp\.subnets\.1: 10\.78\.0\.0 with netmask 255\.255\.255\.0 overlaps dhcp\.subnets\.0/],
  ['a network inside another', config(`${own}, subnets: [{network: 10.77.0.0, netmask: 255.255.255.128, rangeStart: 10.77.0.2, rangeEnd: 10.77.0.3, router: 10.77.0.9}]`), /overlaps dhcp, 10\.77\.0\.0/],
  ['a key that a network does not have', config(`${own}, subnets: [${far.replace('router', 'gateway')}]`), /dhcp\.subnets\.0/],
  ['one address reserved twice', reserve('{mac: "52:54:00:00:00:01", address: 10.77.0.7}', '{mac: "52:54:00:00:00:02", address: 10.77.0.7}'), /dhcp\.reservations\.1: 10\.77\.0\.7 is in dhcp\.reservations\.0 too/],
  ['one MAC reserved twice, in other letters', reserve('{mac: "52:54:00:00:00:0a", address: 10.77.0.7}', '{mac: "52:54:00:00:00:0A", address: 10.77.0.8}'), /52:54:00:00:00:0a is in dhcp\.reservations\.0 too/],
  ['the bastion’s own address reserved', reserve('{mac: "52:54:00:00:00:01", address: 10.77.0.1}'), /is the bastion’s own/],
  ['an address of no network', reserve('{mac: "52:54:00:00:00:01", address: 10.99.0.7}'), /in none of the networks that addresses are leased in: 10\.77\.0\.0 with netmask/],
  ['a MAC that is none', reserve('{mac: "52:54:00:00:00", address: 10.77.0.7}'), /dhcp\.reservations\.0\.mac/],
]
for (const [name, source, message] of wrong) {
  t.test(`refused: ${name}`, async t => { t.throws(() => parseConfig(source, 'bastion.yaml'), { code: 'BST_CONFIG_INVALID', message }) })
}

t.test('addresses are reckoned with as numbers', async t => {
  t.equal(addressNumber('255.255.255.255'), 2 ** 32 - 1)
  t.equal(networkOf('192.168.201.77', '255.255.128.0'), '192.168.128.0')
  t.strictSame(['255.255.255.255', '0.0.0.0', '255.255.254.0', '255.255.0.255', '0.0.0.1'].map(isNetmask), [true, true, true, false, false])
})
