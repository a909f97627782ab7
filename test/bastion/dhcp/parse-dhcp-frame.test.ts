import t from 'tap'
import { addressText, parseDhcpFrame } from '../../../bastion/dhcp/parse-dhcp-frame.ts'
import { renderDhcpFrame } from '../../../bastion/dhcp/render-dhcp-frame.ts'

const mac = '52:54:00:00:00:10'
const asked = renderDhcpFrame({ mac, xid: 0xdeadbeef, type: 'discover', options: [[54, Buffer.of(10, 77, 0, 1)], [67, Buffer.from('undionly.kpxe\0')]] })
const reply = Buffer.from(asked)
reply[42] = 2
reply.set([10, 77, 0, 50], 42 + 16)

t.test('a reply is read with its options; a question is not a reply', async t => {
  t.equal(parseDhcpFrame(asked), null)
  const got = parseDhcpFrame(reply)!
  t.match(got, { xid: 0xdeadbeef, clientMac: mac, yourAddress: '10.77.0.50', sourceMac: mac, sourceAddress: '0.0.0.0', file: 'undionly.kpxe' })
  t.equal(addressText(got.options.get(54)), '10.77.0.1')
  t.equal(addressText(got.options.get(1)), '0.0.0.0')
})

t.test('a question has the header checksum that RFC 1071 asks for', async t => {
  let sum = 0
  for (let at = 14; at < 34; at += 2) sum += asked.readUInt16BE(at)
  t.equal((sum & 0xffff) + (sum >>> 16), 0xffff)
  t.equal(asked.readUInt16BE(16), asked.length - 14)
})

t.test('a frame cut anywhere, or with any byte changed, is read or refused, never thrown over', async t => {
  for (let length = 0; length < reply.length; length++) t.doesNotThrow(() => parseDhcpFrame(reply.subarray(0, length)))
  for (let at = 0; at < reply.length; at++) {
    const changed = Buffer.from(reply)
    changed[at] = 0xff
    t.doesNotThrow(() => parseDhcpFrame(changed))
  }
})
