import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { planDnsmasq } from '../../../bastion/dhcp/plan-dnsmasq.ts'
import { DnsmasqViewSchema, renderDnsmasq } from '../../../bastion/dhcp/render-dnsmasq.ts'
import { runProgram } from '../../../bastion/platform/run-program.ts'
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'

const surroundings = { bootAddress: '10.77.0.1', bootUrl: 'http://10.77.0.1:8080', leaseFile: '/var/lib/labctl-bastion/dnsmasq.leases', tftpRoot: '/var/lib/labctl-bastion/tftp', programs: bootPrograms }
const viewOf = (dhcp: Parameters<typeof dhcpConfig>[0]) => {
  const plan = planDnsmasq(dhcpConfig(dhcp).dhcp, surroundings)
  if (plan.kind === 'refusal') throw new Error(plan.refusal.because)
  return plan.view
}
const lines = (text: string) => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

const proxy = { mode: 'proxy', rangeStart: null, rangeEnd: null, routerAdvertisements: true } as const
const relayed = { network: '10.78.0.0', netmask: '255.255.255.0', rangeStart: '10.78.0.50', rangeEnd: '10.78.0.90', router: '10.78.0.1', dns: [] }
const choices = {
  plain: {}, router: { router: '10.77.0.1', dns: ['10.77.0.1', '9.9.9.9'] }, advertisements: { routerAdvertisements: true }, wide: { leaseMinutes: 10080, netmask: '255.255.0.0' },
  relayed: { subnets: [relayed, { ...relayed, network: '10.79.0.0', rangeStart: '10.79.0.2', rangeEnd: '10.79.0.2', router: '10.79.0.1', dns: ['9.9.9.9'] }], reservations: [{ mac: '52:54:00:AA:00:01', address: '10.78.0.7' }] },
  split: { rangeStart: '10.77.8.1', rangeEnd: '10.77.15.254', netmask: '255.255.240.0' },
  proxy, off: { mode: 'off' },
} as const satisfies Record<string, object>

for (const [name, dhcp] of Object.entries(choices)) {
  t.test(`${name}: the configuration is what was looked at, and dnsmasq itself accepts it`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'labctl-dnsmasq-'))
    t.teardown(() => { rmSync(folder, { recursive: true }) })
    const view = viewOf(structuredClone(dhcp) as Parameters<typeof dhcpConfig>[0])
    t.ok(Value.Check(DnsmasqViewSchema, view))
    const text = renderDnsmasq(view)
    const golden = new URL(`../../golden/dnsmasq/${name}.conf`, import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
    t.equal(text, readFileSync(golden, 'utf8'))
    writeFileSync(join(folder, 'dnsmasq.conf'), text)
    const { stderr } = await runProgram('/usr/sbin/dnsmasq', ['--test', `--conf-file=${join(folder, 'dnsmasq.conf')}`], { timeoutMs: 10_000, package: 'dnsmasq-base' })
    t.match(stderr, 'syntax check OK')
  })
}

t.test('a router and DNS servers are given as configured, per network, and switched off when there are none', async t => {
  const some = lines(renderDnsmasq(viewOf({ router: '10.77.0.1', dns: ['10.77.0.1', '9.9.9.9'], subnets: [relayed] })))
  for (const line of ['dhcp-option=tag:network0,option:router,10.77.0.1', 'dhcp-option=tag:network0,option:dns-server,10.77.0.1,9.9.9.9', 'dhcp-option=tag:network1,option:router,10.78.0.1', 'dhcp-option=tag:network1,option:dns-server']) t.ok(some.includes(line), line)
  const none = lines(renderDnsmasq(viewOf({})))
  t.ok(none.includes('dhcp-option=tag:network0,option:router') && none.includes('dhcp-option=tag:network0,option:dns-server'))
})

t.test('beside another server nothing is leased, nothing advertised, and HTTP boot is answered too', async t => {
  const got = lines(renderDnsmasq(viewOf(proxy)))
  for (const line of ['dhcp-range=10.77.0.0,proxy,255.255.255.0', 'dhcp-pxe-vendor=PXEClient,HTTPClient', 'pxe-service=tag:!ipxe,0,"labctl",undionly.kpxe', 'pxe-service=tag:!ipxe,7,"labctl",snponly.efi', 'pxe-service=tag:ipxe,0,"labctl",http://10.77.0.1:8080/boot.ipxe', 'dhcp-boot=tag:efi64http,tag:!ipxe,http://10.77.0.1:8080/ipxe/ipxe.efi']) t.ok(got.includes(line), line)
  t.strictSame(got.filter(line => /^(enable-ra|ra-param|dhcp-leasefile|dhcp-authoritative|dhcp-option)/.test(line)), [])
  t.equal(got.filter(line => line.startsWith('dhcp-range')).length, 1)
})

t.test('where only networks behind relays are served, the interface’s own network hears nothing', async t => {
  const got = lines(renderDnsmasq(viewOf({ rangeStart: null, rangeEnd: null, routerAdvertisements: true, subnets: [relayed] })))
  t.strictSame(got.filter(line => line.startsWith('dhcp-range')), ['dhcp-range=set:network0,10.78.0.50,10.78.0.90,255.255.255.0,60m'])
  t.notOk(got.includes('enable-ra'))
})

t.test('switched off, nothing answers DHCP; boot programs are still served', async t => {
  const got = lines(renderDnsmasq(viewOf({ mode: 'off' })))
  t.strictSame(got.filter(line => /^(dhcp|pxe|enable-ra|ra-)/.test(line)), [])
  t.ok(got.includes('enable-tftp'))
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
