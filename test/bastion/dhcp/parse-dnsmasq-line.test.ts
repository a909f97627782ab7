import t from 'tap'
import { parseDnsmasqLine } from '../../../bastion/dhcp/parse-dnsmasq-line.ts'

t.test('messages are read with and without transaction, time stamp, process id and address', async t => {
  const mac = '52:54:00:00:00:10'
  const expected = { kind: 'message', interface: 'br0', mac, rest: '' }
  t.strictSame(parseDnsmasqLine(`Nov 21 06:51:39 dnsmasq-dhcp[18928]: 4249706792 DHCPDISCOVER(br0) ${mac} `), { ...expected, what: 'discover', transaction: '4249706792', address: null })
  t.strictSame(parseDnsmasqLine(`dnsmasq-dhcp: 42 DHCPOFFER(br0) 10.77.0.75 ${mac} `), { ...expected, what: 'offer', transaction: '42', address: '10.77.0.75' })
  t.strictSame(parseDnsmasqLine(`dnsmasq-dhcp[1]: DHCPACK(br0) 10.77.0.75 ${mac} worker-1`), { ...expected, what: 'ack', transaction: null, address: '10.77.0.75', rest: 'worker-1' })
  t.match(parseDnsmasqLine(`dnsmasq-dhcp[1]: 42 DHCPNAK(br0) 10.9.9.9 ${mac} wrong network`), { what: 'nak', rest: 'wrong network' })
})

t.test('what is said beside another DHCP server is read: the offer without an address, the answer on port 4011', async t => {
  const mac = '52:54:00:00:00:10'
  t.strictSame(parseDnsmasqLine(`dnsmasq-dhcp[1]: 42 PXE(br0) ${mac} proxy`), { kind: 'message', transaction: '42', what: 'pxe', interface: 'br0', mac, address: null, rest: 'proxy' })
  t.strictSame(parseDnsmasqLine(`dnsmasq-dhcp[1]: 42 PXE(br0) 10.77.0.75 ${mac} undionly.kpxe`), { kind: 'message', transaction: '42', what: 'pxe', interface: 'br0', mac, address: '10.77.0.75', rest: 'undionly.kpxe' })
  t.match(parseDnsmasqLine(`dnsmasq-dhcp[1]: 42 DHCPPXE(br0) ${mac} proxy`), { kind: 'other' })
  t.match(parseDnsmasqLine(`dnsmasq-dhcp[1]: 42 OFFER(br0) 10.77.0.75 ${mac}`), { kind: 'other' })
})

t.test('what log-dhcp adds is read: classes, tags, the boot file in either place', async t => {
  t.strictSame(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 vendor class: PXEClient:Arch:00000:UNDI:002001'), { kind: 'detail', transaction: '42', key: 'vendor-class', value: 'PXEClient:Arch:00000:UNDI:002001' })
  t.strictSame(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 user class: iPXE'), { kind: 'detail', transaction: '42', key: 'user-class', value: 'iPXE' })
  t.strictSame(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 tags: bios, br0'), { kind: 'detail', transaction: '42', key: 'tags', value: 'bios, br0' })
  t.strictSame(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 bootfile name: undionly.kpxe'), { kind: 'detail', transaction: '42', key: 'boot-file', value: 'undionly.kpxe' })
  t.strictSame(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 sent size: 13 option: 67 bootfile-name  undionly.kpxe'), { kind: 'detail', transaction: '42', key: 'boot-file', value: 'undionly.kpxe' })
})

t.test('TFTP transfers are read, whole and failed', async t => {
  t.strictSame(parseDnsmasqLine('dnsmasq-tftp[1]: sent /x/a b.efi to 10.77.0.9'), { kind: 'sent', file: '/x/a b.efi', address: '10.77.0.9' })
  t.strictSame(parseDnsmasqLine('dnsmasq-tftp[1]: file /x/y not found for 10.77.0.9'), { kind: 'failed', file: '/x/y', address: '10.77.0.9', because: 'there is no such file' })
  t.strictSame(parseDnsmasqLine('dnsmasq-tftp[1]: failed sending /x/y to 10.77.0.9'), { kind: 'failed', file: '/x/y', address: '10.77.0.9', because: 'the machine stopped answering in the middle' })
  t.strictSame(parseDnsmasqLine('dnsmasq-tftp[1]: error 8 User aborted the transfer received from 10.77.0.9'), { kind: 'failed', file: null, address: '10.77.0.9', because: 'the machine sent TFTP error 8 (User aborted the transfer)' })
})

t.test('the start and errors are told apart from what is of no matter', async t => {
  t.strictSame(parseDnsmasqLine('Nov 21 06:51:38 dnsmasq[18928]: started, version 2.90 DNS disabled'), { kind: 'started' })
  t.match(parseDnsmasqLine('dnsmasq: failed to bind DHCP server socket: Address already in use'), { kind: 'error' })
  t.match(parseDnsmasqLine('dnsmasq[9]: unknown interface br9'), { kind: 'error' })
  t.match(parseDnsmasqLine('dnsmasq-dhcp[1]: no address range available for DHCP request via br0'), { kind: 'error' })
  t.match(parseDnsmasqLine('dnsmasq-dhcp[1]: RTR-ADVERT(br0) fd00:77::'), { kind: 'other' })
  t.match(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 client provides name: error'), { kind: 'other' })
  t.match(parseDnsmasqLine('\u0000garbage'), { kind: 'other' })
})

t.test('a machine cannot pass its own words off as a message', async t => {
  t.match(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 vendor class: x DHCPACK(br0) 10.77.0.1 52:54:00:00:00:99'), { kind: 'detail', key: 'vendor-class' })
  t.match(parseDnsmasqLine('dnsmasq-dhcp[1]: 42 client provides name: DHCPACK(br0) 10.77.0.1 52:54:00:00:00:99'), { kind: 'other' })
})
