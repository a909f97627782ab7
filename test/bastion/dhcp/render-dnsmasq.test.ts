import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { planDnsmasq } from '../../../bastion/dhcp/plan-dnsmasq.ts'
import { DnsmasqViewSchema, renderDnsmasq } from '../../../bastion/dhcp/render-dnsmasq.ts'
import { runProgram } from '../../../bastion/platform/run-program.ts'
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'

const surroundings = { bootUrl: 'http://10.77.0.1:8080', leaseFile: '/var/lib/labctl-bastion/dnsmasq.leases', tftpRoot: '/var/lib/labctl-bastion/tftp', programs: bootPrograms }
const viewOf = (dhcp: Parameters<typeof dhcpConfig>[0]) => {
  const plan = planDnsmasq(dhcpConfig(dhcp).dhcp, surroundings)
  if (plan.kind === 'refusal') throw new Error(plan.refusal.because)
  return plan.view
}
const lines = (text: string) => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

t.test('every choice of the configuration ends in lines that dnsmasq itself accepts', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-dnsmasq-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  for (const dhcp of [{}, { router: '10.77.0.1', dns: ['10.77.0.1', '9.9.9.9'] }, { routerAdvertisements: true }, { leaseMinutes: 10080, netmask: '255.255.0.0' }]) {
    const view = viewOf(dhcp)
    t.ok(Value.Check(DnsmasqViewSchema, view))
    writeFileSync(join(folder, 'dnsmasq.conf'), renderDnsmasq(view))
    const { stderr } = await runProgram('/usr/sbin/dnsmasq', ['--test', `--conf-file=${join(folder, 'dnsmasq.conf')}`], { timeoutMs: 10_000, package: 'dnsmasq-base' })
    t.match(stderr, 'syntax check OK', JSON.stringify(dhcp))
  }
})

t.test('a router and DNS servers are given as configured, and switched off when there are none', async t => {
  const some = lines(renderDnsmasq(viewOf({ router: '10.77.0.1', dns: ['10.77.0.1', '9.9.9.9'] })))
  t.ok(some.includes('dhcp-option=option:router,10.77.0.1'))
  t.ok(some.includes('dhcp-option=option:dns-server,10.77.0.1,9.9.9.9'))
  const none = lines(renderDnsmasq(viewOf({})))
  t.ok(none.includes('dhcp-option=option:router') && none.includes('dhcp-option=option:dns-server'))
})

t.test('router advertisements never move a default route, and are sent only when asked for', async t => {
  t.ok(lines(renderDnsmasq(viewOf({ routerAdvertisements: true }))).includes('ra-param=boot0,0,0'))
  t.notMatch(renderDnsmasq(viewOf({ routerAdvertisements: false })), /^(enable-ra|ra-param)/m)
})

t.test('each architecture is told its boot program, and iPXE the script', async t => {
  const got = lines(renderDnsmasq(viewOf({})))
  for (const line of [
    'dhcp-match=set:bios,option:client-arch,0', 'dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe',
    'dhcp-match=set:efi64,option:client-arch,7', 'dhcp-match=set:efi64,option:client-arch,9', 'dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi',
    'dhcp-match=set:efi64http,option:client-arch,16', 'dhcp-boot=tag:efi64http,tag:!ipxe,http://10.77.0.1:8080/ipxe/ipxe.efi', 'dhcp-option-force=tag:efi64http,tag:!ipxe,60,HTTPClient',
    'dhcp-match=set:arm64,option:client-arch,11', 'dhcp-boot=tag:arm64,tag:!ipxe,ipxe-arm64.efi', 'dhcp-match=set:arm64http,option:client-arch,19',
    'dhcp-boot=tag:ipxe,http://10.77.0.1:8080/boot.ipxe',
  ]) t.ok(got.includes(line), line)
})

t.test('what is not a plain word never reaches the configuration', async t => {
  t.throws(() => renderDnsmasq({ ...viewOf({}), interface: 'br0\ndhcp-script=/bin/sh' }), /Not a plain word/)
  t.throws(() => renderDnsmasq({ ...viewOf({}), tftpRoot: '/a b' }), /Not a plain word/)
  t.match(planDnsmasq(dhcpConfig().dhcp, { ...surroundings, tftpRoot: '/a b/tftp' }), { kind: 'refusal', refusal: { because: /\/a b\/tftp/ } })
  t.match(planDnsmasq(dhcpConfig({ rangeEnd: null }).dhcp, surroundings), { kind: 'refusal', refusal: { because: /rangeEnd/ } })
})
