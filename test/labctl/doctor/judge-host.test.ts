import t from 'tap'
import { filePackages, programPackages, type HostFacts } from '../../../labctl/doctor/host-facts.ts'
import type { ServiceFacts } from '../../../labctl/doctor/service-facts.ts'
import { judgeHost, judgeMissing, judgePackages, purposes } from '../../../labctl/doctor/judge-host.ts'

const gib = 2 ** 30
const wellService: ServiceFacts = {
  folders: [{ name: 'state', path: '/state', writable: true, made: true, owner: null }], clock: { nowMs: 10_000_000, newestMs: 9_000_000, newest: '/state/x', synchronized: true },
  damaged: [], preflight: [{ what: 'configuration', state: 'ok', because: 'valid', nextStep: null }], failing: [], ended: null,
}
const complete = (more: Partial<HostFacts> = {}): HostFacts => ({
  root: false, namespacesRefused: null, kvm: 'usable', tun: true, freeDiskBytes: 50 * gib, availableMemoryBytes: 8 * gib, processors: 2,
  programs: Object.fromEntries(Object.keys(programPackages).map(name => [name, true])) as HostFacts['programs'],
  files: Object.fromEntries(Object.keys(filePackages).map(name => [name, true])) as HostFacts['files'],
  ports: [{ name: 'boot plane', address: '127.0.0.1', port: 8080, state: 'free' }], bastion: { state: 'answers', url: 'https://127.0.0.1:8443', because: '' }, config: '/etc/labctl/bastion.yaml', dhcp: { mode: 'server', interface: 'br0' }, discoverer: null, ramdiskBuilt: true, imagesBuilt: ['debian-13'], service: wellService, ...more,
})
const missing = (more: Partial<HostFacts>) => judgeMissing(judgeHost(complete(more)), purposes).map(({ what, neededFor, fix }) => ({ what, neededFor, fix }))

t.test('on a complete host nothing is missing', async t => {
  t.same(missing({}), [])
  t.ok(judgeHost(complete()).every(finding => finding.status === 'ok' || finding.status === 'note'))
})

t.test('each missing program or file names its package, and what it is needed for', async t => {
  t.same(missing({ programs: { ...complete().programs, dnsmasq: false } }), [{ what: 'dnsmasq', neededFor: ['bastion', 'rehearsal'], fix: 'apt-get install dnsmasq-base' }])
  t.same(missing({ files: { ...complete().files, '/usr/share/OVMF/OVMF_CODE_4M.fd': false } }), [{ what: '/usr/share/OVMF/OVMF_CODE_4M.fd', neededFor: ['rehearsal'], fix: 'apt-get install ovmf' }])
  const all = judgeMissing(judgeHost(complete({ programs: { ...complete().programs, dnsmasq: false, unshare: false, nsenter: false } })), purposes)
  t.equal(judgePackages(all), 'apt-get install dnsmasq-base util-linux')
  t.equal(judgePackages([]), null)
})

t.test('newuidmap is needed by ordinary users only', async t => {
  const programs = { ...complete().programs, newuidmap: false }
  t.equal(missing({ programs }).length, 1)
  t.same(missing({ programs, root: true }), [])
})

t.test('what is missing for one purpose is not missing for another', async t => {
  const findings = judgeHost(complete({ programs: { ...complete().programs, 'qemu-system-x86_64': false } }))
  t.same([judgeMissing(findings, ['bastion']).length, judgeMissing(findings, ['build']).length, judgeMissing(findings, ['rehearsal']).length], [0, 0, 1])
})

t.test('a port that is taken is missing, unless a bastion answers', async t => {
  const ports: HostFacts['ports'] = [{ name: 'boot plane', address: '127.0.0.1', port: 8080, state: 'taken' }]
  t.same(missing({ ports }), [])
  t.same(missing({ ports, bastion: { state: 'not-configured', url: null, because: '' } }).map(({ what, fix }) => [what, fix]), [['boot plane', "ss -ltnup 'sport = :8080'"]])
  t.same(missing({ ports: [{ ...ports[0]!, state: 'not-ours' }] }).map(({ what }) => what), ['boot plane'])
})

t.test('KVM only informs; too little disk or refused namespaces stop a rehearsal', async t => {
  t.same(missing({ kvm: 'absent' }), [])
  t.same(missing({ freeDiskBytes: gib }).map(({ what }) => what), ['disk space'])
  t.same(missing({ freeDiskBytes: 4 * gib }), [])
  t.same(missing({ namespacesRefused: 'Operation not permitted' }).map(({ what }) => what), ['namespaces'])
})

t.test('an unbuilt RAM disk and each way in which the bastion does not answer have their command', async t => {
  t.same(missing({ ramdiskBuilt: false }).map(({ fix }) => fix), ['labctl-bastion build ramdisk --config /etc/labctl/bastion.yaml'])
  t.same(missing({ ramdiskBuilt: false, config: null }), [])
  t.same(missing({ ramdiskBuilt: false, discoverer: 'fedora-43' }), [], 'where an installer discovers, it need not be there')
  t.match(judgeHost(complete({ ramdiskBuilt: false, discoverer: 'fedora-43' })).find(({ what }) => what === 'RAM disk'), { status: 'note', detail: /the installer of fedora-43 discovers machines; rescue, erase and root images need it/, fix: /labctl-bastion build ramdisk/ })
  for (const [state, fix] of [['unreachable', 'labctl init bastion standalone start'], ['wrong-key', 'labctl config set pin'], ['unauthenticated', 'labctl config set token'], ['failed', 'labctl version; the bastion’s log has more']] as const) {
    t.same(missing({ bastion: { state, url: null, because: 'because' } }).map(finding => finding.fix), [fix])
  }
})

t.test('how DHCP is done is said, with where the lines for another server come from', async t => {
  const dhcp = (mode: 'off' | 'proxy' | 'server', name: string | null) => judgeHost(complete({ dhcp: { mode, interface: name } })).find(({ what }) => what === 'DHCP mode')
  t.match(dhcp('off', null), { status: 'note', detail: /serves no boot programs over TFTP/, fix: 'labctl doctor --dhcp-recipe' })
  t.match(dhcp('off', 'br0'), { detail: /serves boot programs over TFTP on br0/ })
  t.match(dhcp('proxy', 'br0'), { status: 'note', detail: /beside the DHCP server of the network on br0/ })
  t.match(dhcp('proxy', null), { status: 'missing' })
  t.same(judgeHost(complete({ dhcp: null })).filter(({ what }) => what === 'DHCP mode'), [])
})

t.test('what arm64 machines get is said, with and without their boot program', async t => {
  const arm = (there: boolean) => judgeHost(complete({ files: { ...complete().files, '/usr/lib/ipxe/ipxe-arm64.efi': there } })).find(({ what }) => what === 'arm64 machines')
  t.match(arm(true), { status: 'note', detail: /their boot program is here; the RAM disk is for x86-64 alone/ })
  t.match(arm(false), { status: 'note', detail: /Debian 13’s package ipxe has it/ })
})

t.test('every part of a running bastion that is not well is missing, and so are folders, files and a clock that are not as they have to be', async t => {
  const service = (more: Partial<ServiceFacts>) => missing({ service: { ...wellService, ...more } }).map(({ what, fix }) => [what, fix])
  t.same(service({ failing: [{ name: 'dnsmasq', because: 'it died' }] }), [['bastion: dnsmasq', 'labctl doctor; the bastion’s log has more']])
  t.match(service({ clock: { ...wellService.clock, newestMs: 20_000_000 } }), [['clock', 'timedatectl set-ntp true']])
  t.same(service({ clock: { ...wellService.clock, synchronized: false } }), [], 'a clock that nobody keeps right is a warning')
  t.same(service({ damaged: [{ build: 'RAM disk', file: '/r/vmlinuz' }, { build: 'image debian-13', file: '/o/image.tar' }] }), [['RAM disk', 'labctl-bastion build ramdisk --config /etc/labctl/bastion.yaml'], ['image debian-13', 'labctl os add debian-13']])
  t.same(service({ preflight: [{ what: 'database', state: 'missing', because: 'newer', nextStep: 'install' }, { what: 'other DHCP servers', state: 'unknown', because: 'not root', nextStep: 'sudo' }] }), [['database', 'install']])
  const readOnly = { folders: [{ name: 'state', path: '/state', writable: false, made: true, owner: 'root' }] }
  t.same(service(readOnly), [], 'a service of another user runs')
  t.match(missing({ service: { ...wellService, ...readOnly }, bastion: { state: 'not-configured', url: null, because: '' } }), [{ what: 'state folder', fix: /^sudo install -d/ }])
  t.match(missing({ service: { ...wellService, ended: { log: '/log', words: '' } }, bastion: { state: 'unreachable', url: null, because: '' } }), [{ what: 'standalone bastion', fix: /tail \/log/ }, { what: 'bastion' }])
  t.match(missing({ bastion: { state: 'half-configured', url: null, because: 'pin is not set' } }), [{ what: 'bastion', fix: /config set pin/ }])
})
