// The same RAM disk, installer and first boot on a real kernel with real LVM, without firmware: what a fault does to an install.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { imageWithManifest } from '../lib/image-with-manifest.ts'
import { discovered, firstBooted, orderFailed, rehearsed, waitFor } from '../lib/rehearsed.ts'
import { sampleAuthority } from '../lib/sample-authority.ts'

const minutes = (count: number) => count * 60_000

t.test('an install survives a bastion that is killed at every phase', { timeout: minutes(12) }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  t.match(await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: 'worker-1' }), { status: 201 })
  for (const phase of ['facts', 'disks', 'image', 'configure']) {
    await waitFor(rehearsal, machine, phase, minutes(5), ({ machine: seen }) => seen.order?.phase === phase || passed(seen.order?.phase ?? '', phase))
    await rehearsal.killBastion9()
    await rehearsal.startBastion()
  }
  const detail = await firstBooted(rehearsal, machine, minutes(6))
  t.match(detail.machine, { name: 'worker-1', state: 'installed', order: { state: 'done', attempt: 1 } })
  t.equal(detail.orders.length, 1)
  t.equal(detail.timeline.filter(entry => entry.phase === 'facts' && /order is consumed/.test(entry.text)).length, 1, 'installed once')
})

const order = ['facts', 'disks', 'image', 'configure', 'reboot', 'first-boot']
function passed(now: string, phase: string): boolean {
  return order.indexOf(now) > order.indexOf(phase)
}

t.test('machines that cannot be installed are refused with the reason, and their disks stay as they are', { timeout: minutes(10) }, async t => {
  const rehearsal = await rehearsed(t)
  const diskless = rehearsal.addMachine({ kind: 'uml', disks: [] })
  const small = rehearsal.addMachine({ kind: 'uml', disks: [{ sizeGib: 2 }] })
  for (const machine of [diskless, small]) await machine.powerOn()
  t.same((await discovered(rehearsal, diskless, minutes(3))).facts!.disks, [], 'a machine without a disk reports, and waits')
  await discovered(rehearsal, small, minutes(3))
  const before = await small.diskChecksum()
  const refused = async (mac: string) => (await rehearsal.api('POST', '/api/install', { machine: mac, name: 'worker-1' })).body
  t.match(await refused(diskless.mac), { status: 409, code: 'BST_REFUSED', refusals: [{ code: 'no-disk', because: /no disk/i, nextStep: /\w/ }] })
  t.match(await refused(small.mac), { status: 409, code: 'BST_REFUSED', refusals: [{ code: /disk-too-small|disk-outside-rule/, because: /GiB|MiB/, nextStep: /\w/ }] })
  const told = await rehearsal.labctl(['provision', 'install', small.mac, 'worker-1'])
  t.equal(told.exitCode, 4)
  t.match(told.stderr, /Refused: (.|\n)*Next: /)
  t.equal(await small.diskChecksum(), before)
})

t.test('an image whose bytes are not those of its manifest fails the install with the reason and the log; the next attempt succeeds', { timeout: minutes(12) }, async t => {
  const image = imageWithManifest(t)
  const rehearsal = await rehearsed(t, { os: { directory: image.directory } })
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  image.write(manifest => ({ ...manifest, files: manifest.files.map(file => ({ ...file, sha256: '0'.repeat(64) })) }))
  t.match(await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: 'worker-1' }), { status: 201 })
  t.match(await orderFailed(rehearsal, machine, minutes(5)), /SHA-256|checksum|sum/i)
  const { stdout } = await rehearsal.labctl(['provision', 'logs', 'worker-1'])
  t.match(stdout, /labctl: /)
  t.match(stdout, /By syslog, .*:\n[^]*kernel: \[ +\d+\.\d{6}\] Linux version/, 'the kernel’s lines came by syslog')
  t.match(stdout, /By syslog, .*:\n[^]*  labctl: network up/, 'and what the RAM disk said')
  image.write(same => same)
  t.match(await rehearsal.api('POST', '/api/machines/worker-1/retry'), { status: 200 })
  const detail = await firstBooted(rehearsal, machine, minutes(6))
  t.match(detail.machine.order, { state: 'done', attempt: 2 })
})

t.test('settings arrive: users, a static address, time servers, language, kernel arguments, authorities and the hook; a hook that fails is told, and its system is no installed one', { timeout: minutes(20) }, async t => {
  const rehearsal = await rehearsed(t, { install: { settings: { default: { ntp: ['10.77.0.1'], locale: 'de_DE.UTF-8' }, worker: { searchDomains: ['lab.example'] } } } }, { operatorKey: true })
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  const key = readFileSync(`${rehearsal.folder.operatorKey}.pub`, 'utf8').trim()
  const settings = {
    users: [{ name: 'alice', sudo: true, sshKeys: [key] }, { name: 'bob', uid: 2000, passwordHash: `$6$abcdefgh$${'a'.repeat(86)}` }],
    network: { cards: [{ mac: machine.mac, addresses: ['10.77.0.50/24'], gateway: '10.77.0.1' }] }, dns: ['10.77.0.1'],
    keyboard: { layout: 'de' }, timezone: 'Europe/Berlin', kernelArguments: ['labctl.test=1'], proxy: { http: 'http://10.77.0.1:3128' }, tlsCa: [sampleAuthority], sshUserCa: [key],
    hook: { script: '#!/bin/sh\necho "hook of $LABCTL_MACHINE"\nsleep 1000 &\nexit 3\n' },
  }
  const file = join(t.testdir(), 'settings.yaml')
  writeFileSync(file, JSON.stringify(settings))
  t.equal((await rehearsal.labctl(['provision', 'install', machine.mac, 'worker-1', '--settings', file])).exitCode, 0)
  t.match(await orderFailed(rehearsal, machine, minutes(8)), /running the post-install hook: the post-install hook ended with 3; it said last: hook of worker-1/)

  writeFileSync(file, JSON.stringify({ ...settings, hook: { script: '#!/bin/sh\nset -e\nid -u\necho from-the-hook >/etc/motd\nsleep 1000 &\n' } }))
  t.equal((await rehearsal.labctl(['provision', 'set', machine.mac, '--file', file])).exitCode, 0)
  t.match(await rehearsal.api('POST', `/api/machines/${machine.mac}/retry`), { status: 200 })
  await firstBooted(rehearsal, machine, minutes(8))
  const described = await rehearsal.labctl(['provision', 'describe', 'worker-1'])
  for (const wanted of [/network +.*10\.77\.0\.50\/24 via 10\.77\.0\.1 +machine/, /ntp +10\.77\.0\.1 +install\.settings\.default/, /searchDomains +lab\.example +install\.settings\.worker/]) t.match(described.stdout, wanted)

  const seen = await rehearsal.inside('ssh', ['-F', 'none', '-T', '-i', rehearsal.folder.operatorKey, ...['IdentitiesOnly=yes', 'BatchMode=yes', 'ConnectTimeout=20', 'LogLevel=ERROR', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap(option => ['-o', option]), 'alice@10.77.0.50', 'sh -s'], { timeoutMs: minutes(2), input: `
    echo "who $(id -un) $(sudo -n id -un) $(hostname) $(stat -c '%U %a' /home/alice)"
    echo "bob $(id -u bob) $(sudo -n grep -c '^bob:\\$6\\$abcdefgh\\$a*:' /etc/shadow) $(sudo -n -l -U bob | grep -c NOPASSWD)"
    echo "address $(ip -4 -brief address show scope global | tr -s ' ')"
    echo "route $(ip -4 route show default | tr -s ' ')"
    echo "networkd $(networkctl --no-pager --no-legend list | grep -c configured)"
    echo "dns $(resolvectl dns | tr '\\n' ' ') $(resolvectl domain | tr '\\n' ' ')"
    echo "ntp $(sudo -n chronyc -n sources 2>/dev/null | grep -c 10.77.0.1) $(grep -cE '^(pool|server) ' /etc/chrony/chrony.conf)"
    echo "zone $(date +%Z) locale $(. /etc/default/locale; echo "$LANG") $(locale -a | grep -ci de_de.utf)"
    echo "keyboard $(grep XKBLAYOUT /etc/default/keyboard)"
    echo "motd $(cat /etc/motd) hook $(sudo -n cat /var/log/labctl-hook.log)"
    echo "grub $(sudo -n grep -c 'labctl.test=1' /boot/grub/grub.cfg) $(grep -c 'labctl.test=1' /etc/default/grub.d/labctl.cfg)"
    echo "proxy $(grep http_proxy /etc/environment) $(apt-config dump Acquire::http::Proxy)"
    echo "authorities $(openssl x509 -in /usr/local/share/ca-certificates/labctl-1.crt -noout -subject) $(ls -l /etc/ssl/certs | grep -c labctl-1) $(sudo -n sshd -T | grep -i trustedusercakeys)"
    echo "failed $(systemctl --failed --no-legend --plain | tr '\\n' ' ')"
  ` })
  for (const wanted of [
    /who alice root worker-1 alice 700/, /bob 2000 1 0/, /address \S+ \S+ 10\.77\.0\.50\/24 *$/m, /route default via 10\.77\.0\.1 dev/, /networkd 1/, /dns .*10\.77\.0\.1.*lab\.example/, /ntp 1 0/, /zone CES?T locale de_DE\.UTF-8 1/,
    /keyboard XKBLAYOUT="de"/, /motd from-the-hook hook 0/, /grub 1 1/, /proxy http_proxy="http:\/\/10\.77\.0\.1:3128" Acquire::http::Proxy "http:\/\/10\.77\.0\.1:3128";/, /authorities .*Test authority [1-9]\d* trustedusercakeys \/etc\/ssh\/labctl-user-ca\.pub/,
  ]) t.match(seen.stdout, wanted, `${seen.stdout}\n${seen.stderr}`)
})
