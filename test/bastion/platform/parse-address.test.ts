import { isIP } from 'node:net'
import t from 'tap'
import { contains, isNobodys, isOneMachines, parseAddress, parsePrefixed } from '../../../bastion/platform/parse-address.ts'

t.test('addresses are understood as the system understands them', async t => {
  const texts = ['0.0.0.0', '255.255.255.255', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.-4', '', ':', '::', '::1', '1::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '::1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '::1.2.3', '1.2.3.4::', 'fe80::1', 'g::1', '12345::', ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', 'a b', '1.2.3.4 ']
  for (const text of texts) t.equal(parseAddress(text)?.family ?? 0, isIP(text), JSON.stringify(text))
  t.equal(parseAddress('10.0.0.5')!.value, 0x0a000005n)
  t.equal(parseAddress('2001:db8::5')!.value, 0x20010db8000000000000000000000005n)
  t.equal(parseAddress('::ffff:10.0.0.5')!.value, 0xffff0a000005n)
})

t.test('a prefix has its length, and one address is in it or not', async t => {
  for (const text of ['10.0.0.5', '10.0.0.5/', '10.0.0.5/33', '10.0.0.5/024', '10.0.0.5/24/1', '::1/129', 'x/24']) t.equal(parsePrefixed(text), null, text)
  const [net, six] = [parsePrefixed('10.0.0.5/23')!, parsePrefixed('2001:db8::5/64')!]
  for (const [text, inside] of [['10.0.1.255', true], ['10.0.2.0', false], ['2001:db8::5', false]] as const) t.equal(contains(net, parseAddress(text)!), inside, text)
  t.ok(contains(six, parseAddress('2001:db8::ffff')!))
  t.notOk(contains(six, parseAddress('2001:db8:0:1::')!))
  t.ok(contains(parsePrefixed('10.0.0.5/0')!, parseAddress('192.0.2.1')!))
})

t.test('what nobody can have is known', async t => {
  for (const text of ['10.0.0.0/24', '10.0.0.255/24', '2001:db8::/64']) t.ok(isNobodys(parsePrefixed(text)!), text)
  for (const text of ['10.0.0.1/24', '10.0.0.0/31', '10.0.0.1/31', '10.0.0.7/32', '2001:db8::ffff:ffff:ffff:ffff/64']) t.notOk(isNobodys(parsePrefixed(text)!), text)
  for (const text of ['0.1.2.3', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', 'ff02::1']) t.notOk(isOneMachines(parseAddress(text)!), text)
  for (const text of ['10.0.0.1', '223.255.255.255', 'fe80::1', '2001:db8::']) t.ok(isOneMachines(parseAddress(text)!), text)
})
