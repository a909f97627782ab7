import t from 'tap'
import type { ForeignServer } from '../../../bastion/dhcp/find-foreign-dhcp.ts'
import { judgeForeignDhcp } from '../../../bastion/dhcp/judge-foreign-dhcp.ts'

const router: ForeignServer = { server: '10.0.0.1', mac: '52:54:00:00:00:01', offered: '10.0.0.77', boots: null }
const other: ForeignServer = { server: '10.0.0.2', mac: '52:54:00:00:00:02', offered: null, boots: 'http://10.0.0.2:8080/boot.ipxe' }
const silent: ForeignServer = { ...other, boots: '' }
const judge = (mode: 'server' | 'proxy', servers: readonly ForeignServer[], allowed = false) => judgeForeignDhcp(mode, 'eth0', servers, allowed)

t.test('a server that is alone goes on', async t => {
  t.match(judge('server', []), { kind: 'go', warn: false, say: 'Nobody else answers DHCP on eth0.' })
})

t.test('a server refuses beside another DHCP server, and beside a second bastion that leases nothing', async t => {
  t.match(judge('server', [router]), { kind: 'refusal', refusal: { because: /Another DHCP server answers on eth0: 10\.0\.0\.1 \(MAC 52:54:00:00:00:01, offered 10\.0\.0\.77\)/, nextStep: /dhcp\.mode: proxy/ } })
  t.match(judge('server', [other]), { kind: 'refusal', refusal: { because: /Another boot server answers on eth0: 10\.0\.0\.2 .*boots "http/ } })
  t.match(judge('server', [silent]), { kind: 'refusal', refusal: { because: /has boot options \(port 4011\)/ } })
})

t.test('the operator may allow it, and it is a warning', async t => {
  t.match(judge('server', [router, other], true), { kind: 'go', warn: true, say: /10\.0\.0\.1 .* and 10\.0\.0\.2 .*Started all the same/ })
})

t.test('a proxy says where addresses come from, and warns when nobody, two, or another bastion answer', async t => {
  t.match(judge('proxy', [router]), { kind: 'go', warn: false, alone: false, say: /^Addresses on eth0 come from 10\.0\.0\.1/ })
  t.match(judge('proxy', []), { kind: 'go', warn: true, alone: true, say: /No DHCP server answers on eth0/ })
  t.match(judge('proxy', [router, { ...router, server: '10.0.0.3' }]), { kind: 'go', warn: true, say: /Two DHCP servers/ })
  t.match(judge('proxy', [router, other]), { kind: 'go', warn: true, say: /Somebody else tells machines what to boot: 10\.0\.0\.2/ })
  t.match(judge('proxy', [{ ...router, boots: 'pxelinux.0' }]), { kind: 'go', warn: true, say: /take the boot options out/ })
})

t.test('what a stranger sends to boot is quoted and cut', async t => {
  t.match(judge('proxy', [{ ...other, boots: `\u001b[2J${'x'.repeat(500)}` }]), { say: /boots "\\u001b\[2Jx{100,116}"/ })
})
