import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseConfig, readConfig } from '../../../bastion/platform/read-config.ts'

const server = (more = '') => `
dhcp: {mode: server, interface: br0, rangeStart: 10.77.0.100, rangeEnd: 10.77.0.199}
bootPlane: {address: 10.77.0.1}
${more}`

t.test('an empty file means all defaults: loopback only, no DHCP', async t => {
  const config = parseConfig('', 'bastion.yaml')
  t.match(config, { dhcp: { mode: 'off', interface: null }, bootPlane: { address: '127.0.0.1', port: 8080 }, controlPlane: { address: '127.0.0.1', port: 8443 } })
  t.same(Object.keys(config.install.layouts), ['worker', 'infra'])
})

t.test('a server configuration is taken', async t => {
  t.match(parseConfig(server(), 'bastion.yaml').dhcp, { mode: 'server', interface: 'br0' })
})

const wrong: [string, string, RegExp][] = [
  ['an unknown key, with a suggestion', 'dhcp: {interfce: eth0}', /unknown key dhcp\.interfce: did you mean dhcp\.interface\?/],
  ['an unknown section, with a suggestion', 'bootplane: {}', /unknown key bootplane: did you mean bootPlane\?/],
  ['a word where a number is wanted', 'bootPlane: {port: eighty}', /bootPlane\.port: must be integer/],
  ['a port out of range', 'bootPlane: {port: 70000}', /bootPlane\.port/],
  ['an address that is none', 'bootPlane: {address: 10.0.0.256}', /bootPlane\.address/],
  ['a host name for an address', 'controlPlane: {address: localhost}', /controlPlane\.address/],
  ['server mode without an interface', 'dhcp: {mode: server}', /dhcp\.interface: server mode needs/],
  ['an interface name with a newline', 'dhcp: {mode: server, interface: "a\\nport=53"}', /dhcp\.interface/],
  ['a range in another network', server().replace('10.77.0.199', '10.78.0.199'), /dhcp\.rangeEnd: 10\.78\.0\.199 is not in the network/],
  ['a range that runs backwards', server().replace('10.77.0.199', '10.77.0.9'), /lies behind/],
  ['a netmask that is none', server().replace('br0,', 'br0, netmask: 255.0.255.0,'), /is not a netmask/],
  ['the bastion’s own address inside the range', server().replace('10.77.0.1}', '10.77.0.150}'), /lies inside the range/],
  ['one port for both planes', 'bootPlane: {port: 8443}', /8443 is the boot plane’s too/],
  ['YAML that is none', 'a: [', /Flow sequence/],
  ['a key twice', 'state: /a\nstate: /b', /Map keys must be unique/],
  ['a role without a layout', 'install: {role: gpu}', /no layout for gpu; there are worker, infra/],
  ['a time zone that there is none of', 'install: {timezone: Europe/Berln}', /no time zone Europe\/Berln/],
  ['discovery by a kickstart of nobody knows which tree', 'discovery: {by: kickstart}', /discovery\.os: discovery\.by is kickstart, so the installation tree that discovers is wanted/],
  ['a tree whose name is a path', 'discovery: {by: kickstart, os: ../../etc}', /discovery\.os/],
  ['a list where a mapping is wanted', '- a', /must be object/],
]
for (const [name, source, message] of wrong) {
  t.test(`refused: ${name}`, async t => {
    t.throws(() => parseConfig(source, 'bastion.yaml'), { code: 'BST_CONFIG_INVALID', message })
  })
}

const layout = (volumes: string) => `install: {layouts: {worker: {disk: {pick: only}, group: vg0, bootMib: 512, espMib: 256, volumes: [${volumes}]}}}`
const root = '{name: root, mount: /, filesystem: ext4, sizeMib: 4096, keep: false}'
const layouts: [string, string, RegExp][] = [
  ['without a root', layout('{name: home, mount: /home, filesystem: ext4, sizeMib: 1024, keep: true}'), /no volume is mounted on \//],
  ['with a mount point twice', layout(`${root}, {name: other, mount: /, filesystem: ext4, sizeMib: 1024, keep: false}`), /\/ is wanted twice/],
  ['with a name twice', layout(`${root}, {name: root, mount: /var, filesystem: ext4, sizeMib: 1024, keep: false}`), /two volumes are named root/],
  ['with two rests', layout(`${root}, {name: a, mount: /a, filesystem: ext4, sizeMib: rest, keep: true}, {name: b, mount: /b, filesystem: ext4, sizeMib: rest, keep: true}`), /only one volume can have the rest/],
  ['that keeps /', layout(root.replace('false', 'true')), /cannot be kept/],
  ['with a volume where the image has a link', layout(`${root}, {name: b, mount: /bin, filesystem: ext4, sizeMib: 1024, keep: false}`), /\/bin can’t be a logical volume/],
  ['with a name that LVM keeps for itself', layout(`${root}, {name: snapshots, mount: /snapshots, filesystem: ext4, sizeMib: 1024, keep: true}`), /LVM keeps names such as snapshots/],
  ['with an xfs that mkfs.xfs would not make', layout(`${root}, {name: a, mount: /a, filesystem: xfs, sizeMib: 100, keep: true}`), /xfs needs 300 MiB/],
  ['with a volume named by shell syntax', layout(root.replace('name: root', 'name: "$(reboot)"')), /volumes/],
]
const data = (...groups: string[]): string => layout(root).replace('install: {layouts: {worker: {', `install: {layouts: {worker: {data: [${groups.join(', ')}], `)
const srv = '{name: srv, mount: /srv, filesystem: ext4, sizeMib: rest, keep: true}'
layouts.push(
  ['with one mount point on two disks', data(`{disk: {pick: only}, group: data, volumes: [${srv}]}`, `{disk: {pick: only}, group: more, volumes: [${srv}]}`), /\/srv is wanted twice/],
  ['with two groups of one name', data(`{disk: {pick: only}, group: vg0, volumes: [${srv}]}`), /two groups are named vg0/],
  ['with one disk for two groups', data(`{disk: {pick: only, id: X}, group: a, volumes: [${srv}]}`, `{disk: {pick: only, id: X}, group: b, volumes: [${srv.replaceAll('srv', 'opt')}]}`), /two groups want the disk X/],
  ['with a name twice on a data disk', data(`{disk: {pick: only}, group: data, volumes: [${srv}, ${srv.replace('/srv', '/opt').replace('rest', '512')}]}`), /two volumes are named srv in the group data/],
  ['with two rests on a data disk', data(`{disk: {pick: only}, group: data, volumes: [${srv}, ${srv.replaceAll('srv', 'opt')}]}`), /only one volume can have the rest of the group data/],
  ['with / on a data disk', data(`{disk: {pick: only}, group: data, volumes: [${srv.replace('/srv', '/').replace('true', 'false')}]}`).replace(root, srv.replace('srv', 'x').replace('/srv', '/x')), /\/ must be in the first group/],
)
for (const [name, source, message] of layouts) {
  t.test(`a layout is refused ${name}`, async t => {
    t.throws(() => parseConfig(source, 'bastion.yaml'), { code: 'BST_CONFIG_INVALID', message })
  })
}

t.test('all mistakes are named at once', async t => {
  t.throws(() => parseConfig('dhcp: {mod: a, interfac: b}\nstat: c', 'bastion.yaml'), { message: /dhcp\.mod(.|\n)*dhcp\.interfac(.|\n)*stat/ })
})

t.test('a file that is not there, and one that is', async t => {
  const folder = t.testdir()
  t.throws(() => readConfig(join(folder, 'none.yaml')), { code: 'BST_CONFIG_INVALID', nextStep: /--config/ })
  writeFileSync(join(folder, 'bastion.yaml'), 'stopSeconds: 3\n')
  t.equal(readConfig(join(folder, 'bastion.yaml')).stopSeconds, 3)
})
