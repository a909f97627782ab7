// What %post makes of a new system, run for real in a chroot of a root image with nothing but what a minimal Fedora has.
import t from 'tap'
import { planConnections } from '../../../../bastion/install/kickstart/plan-connections.ts'
import type { MachineSettings } from '../../../../protocol/machine-settings.ts'
import { everything, hash, questionOf } from './question-of.ts'
import { newSystem, runPost } from './run-post.ts'

t.setTimeout(900_000)
const system = await newSystem(t)

t.test('with every setting: units, users, files and their modes are there, and fstab is left alone', async t => {
  const hook = '#!/bin/sh\necho "on $LABCTL_MACHINE as $(id -u)"\n: >/etc/hook-was-here\nsleep 300 &\n'
  const ran = await runPost(t, system, questionOf('install-bios', 'F43', { ...everything, locale: 'C.UTF-8', hook: { script: hook, timeoutSeconds: 20 } }))
  t.equal(ran.status, 0, `${ran.output}${ran.log}${ran.failed}`)
  t.notMatch(ran.log, /not found|No such file|unbound|syntax/i, 'no program was missing')
  t.same(ran.told, ['configure', 'configure: post-install hook: ended with 0; its log is /var/log/labctl-hook.log'])
  t.notMatch(ran.output, hash)
  const file = (path: string, mode: string, content: string | RegExp) => {
    t.match(ran.files.get(path), { mode, owner: '0/0' }, path)
    if (typeof content === 'string') t.equal(ran.files.get(path)?.content, content, path)
    else t.match(ran.files.get(path)?.content, content, path)
  }
  file('/etc/fstab', '-rw-r--r--', '# of Anaconda\nUUID=1 / ext4 defaults 1 1\n')
  file('/etc/hostname', '-rw-r--r--', 'worker-1\n')
  file('/etc/hosts', '-rw-r--r--', '127.0.0.1   localhost localhost.localdomain\n127.0.1.1 worker-1\n')
  file('/etc/machine-id', '-rw-r--r--', '0123456789abcdef0123456789abcdef\n')
  file('/etc/labctl/bootstrap.json', '-rw-------', '{"name":"worker-1"}\n')
  file('/etc/labctl/machine.key', '-rw-------', 'THE KEY\n')
  file('/etc/labctl/groups', '-rw-------', 'vg0\n')
  file('/etc/labctl/install.env', '-rw-------', /^LABCTL_ORDER='019a0000-0000-7000-8000-00000000000f'\nLABCTL_ATTEMPT='2'\nLABCTL_URL='https:\/\/127\.0\.0\.1:\d+'\nLABCTL_PIN='sha256\/\/[^']+'\n$/)
  t.equal(ran.files.get('/etc/labctl')?.mode, 'drwx------')
  file('/root/.ssh/authorized_keys', '-rw-------', 'ssh-ed25519 EEEE root@desk\n')
  file('/etc/ssh/sshd_config.d/10-labctl.conf', '-rw-r--r--', /^PasswordAuthentication no$/m)
  t.notOk(ran.files.has('/etc/ssh/sshd_config.d/01-permitrootlogin.conf'), 'Anaconda’s own word on root')
  file('/etc/ssh/sshd_config.d/20-labctl.conf', '-rw-r--r--', /^TrustedUserCAKeys /m)
  file('/etc/ssh/authorized_keys.d/alice', '-rw-r--r--', `${everything.users![0]!.sshKeys![0]}\n`)
  file('/etc/sudoers.d/labctl', '-r--r-----', /^alice ALL=\(ALL:ALL\) NOPASSWD: ALL\nbob ALL=\(ALL:ALL\) ALL$/m)
  for (const type of ['ed25519', 'ecdsa']) file(`/etc/ssh/ssh_host_${type}_key`, '-rw-------', /PRIVATE KEY/)
  file('/etc/modules-load.d/labctl.conf', '-rw-r--r--', /^br_netfilter$/m)
  file('/etc/sysctl.d/90-labctl.conf', '-rw-r--r--', /ip_forward = 1/)
  for (const name of ['first-boot', 'settle-groups', 'forget-carried']) file(`/usr/libexec/labctl/${name}`, '-rwxr-xr-x', /^#!\/bin\/sh\n/)
  file('/etc/systemd/system/labctl-first-boot.service', '-rw-r--r--', /ExecStart=\/usr\/libexec\/labctl\/first-boot\n/)
  t.notMatch(ran.files.get('/etc/systemd/system/labctl-first-boot.service')?.content, /\/usr\/lib\/labctl|NoNewPrivileges/)
  t.match(ran.files.get('/etc/systemd/system/multi-user.target.wants/labctl-first-boot.service')?.mode, /^l/, 'it starts with the system')
  file('/etc/chrony/sources.d/labctl.sources', '-rw-r--r--', /^server ntp\.example iburst$/m)
  t.match(ran.files.get('/etc/chrony.conf')?.content, /^#pool 2\.fedora(.|\n)*^#server old\.example\nsourcedir \/etc\/chrony\/sources\.d\n$/m)
  file('/etc/dnf/dnf.conf', '-rw-r--r--', '[main]\nproxy=http://proxy.example:3129/\ngpgcheck=True\nskip_if_unavailable=False\n')
  file('/etc/environment', '-rw-r--r--', /^https_proxy="http:\/\/proxy\.example:3129\/"$/m)
  file('/etc/locale.conf', '-rw-r--r--', 'LANG=C.UTF-8\n')
  t.match(ran.files.get('/etc/pki/asked')?.content, 'labctl-1.crt\n')
  t.same([...ran.files.keys()].filter(path => path.startsWith('/etc/NetworkManager/')).toSorted(), ['/etc/NetworkManager/conf.d', '/etc/NetworkManager/conf.d/10-labctl.conf', '/etc/NetworkManager/system-connections', ...planConnections(everything, '52:54:00:12:34:56').map(({ path }) => path).filter(path => path.includes('system-connections'))].toSorted(), 'what Anaconda left is gone')
  for (const path of ran.files.keys()) if (path.endsWith('.nmconnection')) t.equal(ran.files.get(path)!.mode, '-rw-------', path)
  t.match(ran.files.get('/etc/passwd')?.content, /^alice:x:2000:2000::\/home\/alice:\/bin\/bash\n(bob|.|\n)*^bob:x:\d+:\d+:/m)
  t.match(ran.files.get('/home/alice'), { mode: /^drwx/, owner: '2000/2000' })
  t.ok(ran.files.get('/etc/shadow')?.content.includes(`\nbob:${hash}:`))
  t.match(ran.files.get('/etc/shadow')?.content, /\nalice:!/)
  file('/var/log/labctl-hook.log', '-rw-r-----', 'on worker-1 as 0\n')
  t.ok(ran.files.has('/etc/hook-was-here'))
  t.equal(ran.files.get('/var/log/labctl-install.log')?.mode, '-rw-------')
  t.same([...ran.files.keys()].filter(path => path.startsWith('/root/.labctl')), [], 'nothing is left of how it was done')
})

t.test('without settings: every card asks DHCP, and the least is done', async t => {
  const ran = await runPost(t, system, questionOf('install-bios'))
  t.equal(ran.status, 0, `${ran.output}${ran.log}${ran.failed}`)
  t.same(ran.told, ['configure'])
  t.match(ran.files.get('/etc/NetworkManager/system-connections/labctl.nmconnection')?.content, /^mac-address=52:54:00:12:34:56$(.|\n)*^method=auto\ndhcp-client-id=mac$/m)
  t.match(ran.files.get('/etc/NetworkManager/system-connections/labctl-others.nmconnection')?.content, /^multi-connect=3$/m)
  t.match(ran.files.get('/etc/dnf/dnf.conf')?.content, 'old.example')
  t.notOk(ran.files.has('/var/log/labctl-hook.log'))
})

t.test('a machine-id that was carried over renames the boot entries, host keys that were carried over whole stay', async t => {
  const id = 'f'.repeat(32)
  const carry = `cd "$LABCTL_TARGET" && rm -f etc/machine-id && echo ${id} >etc/machine-id && mv kept-keys/* etc/ssh/`
  const before = 'mkdir kept-keys; chroot . ssh-keygen -q -t ed25519 -N "" -C old -f /kept-keys/ssh_host_ed25519_key'
  const ran = await runPost(t, system, questionOf('reprovision-bios'), { before, carry: `PATH=/usr/bin:/bin\n${carry}` })
  t.equal(ran.status, 0, `${ran.output}${ran.log}${ran.failed}`)
  t.same([...ran.files.keys()].filter(path => path.startsWith('/boot/loader/entries/')).toSorted(), [`/boot/loader/entries/${id}-0-rescue.conf`, `/boot/loader/entries/${id}-6.17.1.conf`])
  t.match(ran.files.get('/boot/grub/grubenv')?.content, `saved_entry=${id}-6.17.1\n`)
  t.same([...ran.files.keys()].filter(path => path.startsWith('/etc/ssh/ssh_host_')).toSorted(), ['/etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key.pub'])
  t.match(ran.files.get('/etc/ssh/ssh_host_ed25519_key.pub')?.content, / old\n$/)
  t.same(ran.told.slice(1), ['/home', '/srv', '/var/lib/longhorn'].map(mount => `configure: SELinux: ${mount} has no labels, and this system no restorecon`))
})

t.test('whatever fails ends the installation with its reason, and the system can’t tell a first boot', async t => {
  const cases: [MachineSettings, { before?: string, carry?: string, without?: string[] }, RegExp][] = [
    [{ hook: { script: '#!/bin/sh\necho so; exit 3\n' } }, {}, /^stopped while running the post-install hook: the post-install hook ended with 3; it said last: so/],
    [{ locale: 'nl_NL.UTF-8' }, {}, /the new system does not know the locale nl_NL\.UTF-8/],
    [{ users: [{ name: 'alice' }] }, { before: 'chroot . useradd -M alice' }, /making the user alice: useradd ended with 9: .*already exists/],
    [{}, { carry: 'exit 1' }, /^$/],
    [{}, { without: ['systemctl'] }, /enabling the report of the first boot: systemctl ended with 127/],
  ]
  for (const [settings, options, failed] of cases) {
    const ran = await runPost(t, system, questionOf('install-bios', 'RHEL9', settings), options)
    t.equal(ran.status, 1, JSON.stringify(options))
    t.match(ran.failed, failed)
    t.notOk(ran.files.has('/etc/labctl/install.env'))
  }
})
