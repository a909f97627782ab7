// Commands that an operator adds to a kickstart: what is taken, also by the real ksvalidator; what is refused, and how.
import t from 'tap'
import { planExtraCommands, unknownCommands } from '../../../bastion/install/kickstart/plan-extra-commands.ts'
import { judgeKickstartLines } from '../../../bastion/platform/judge-kickstart-lines.ts'
import { kickstartGrammars } from '../../../bastion/platform/kickstart-grammars.ts'
import { quoteKickstart } from '../../../bastion/platform/quote-kickstart.ts'
import { complaintsOf } from '../../lib/ksvalidator.ts'

t.setTimeout(300_000)
/** Each command in its forms. */
const taken: Record<string, readonly string[]> = {
  authselect: ['authselect select sssd', 'authselect select custom/site with-mkhomedir without-nullok --force', 'authselect --force select minimal'],
  eula: ['eula --agreed'],
  firewall: ['firewall --enabled', 'firewall --disabled', 'firewall --use-system-defaults', 'firewall --enabled --ssh --http --ftp --smtp --service=dns,ntp --service=cockpit --remove-service=dhcpv6-client --port=1:tcp,65535:udp --trust=eth0 --trust=br-lan.5'],
  selinux: ['selinux --permissive', '  selinux  --enforcing '],
  services: ['services --enabled=podman.socket,getty@ttyS0', 'services --disabled=bluetooth,cups.service', 'services --disabled=bluetooth --enabled=cups'],
  skipx: ['skipx'],
  syspurpose: ['syspurpose --role="Red Hat Enterprise Linux Server" --sla=Standard --usage=\'Development/Test\' --addon=a --addon="b c"'],
}
const rendered = (line: string) => planExtraCommands([line]).map(({ command, words }) => `${[command, ...words.map(quoteKickstart)].join(' ')}\n`).join('')

t.test('each command that is taken has its forms here, and nothing is found in them', t => {
  t.same(Object.keys(taken).toSorted(), Object.keys(kickstartGrammars).toSorted())
  for (const lines of Object.values(taken)) for (const line of lines) t.same(judgeKickstartLines([line]), [], line)
  t.same(judgeKickstartLines(Object.values(taken).map(lines => lines[0]!)), [])
  t.end()
})

for (const version of ['F42', 'F43', 'F44', 'F45', 'RHEL9', 'RHEL10'] as const) {
  t.test(`${version}: ksvalidator takes each of them as it is rendered, and knows those alone that this version has`, async t => {
    const known = Object.entries(taken).filter(([command]) => kickstartGrammars[command]!.versions?.test(version) !== false)
    // Commands that are given twice take each other's place: ksvalidator reads each line all the same.
    t.equal(await complaintsOf(known.flatMap(([, lines]) => lines.map(rendered)).join(''), version, t.testdir()), null)
    for (const [command, [line]] of Object.entries(taken)) {
      const foreign = unknownCommands([line!], version)
      t.same(foreign, known.some(([name]) => name === command) ? [] : [command])
      if (foreign.length > 0) t.not(await complaintsOf(rendered(line!), version, t.testdir()), null, `${command} is not known to ksvalidator either`)
    }
  })
}

t.test('what is refused says which line, what was got and what is wanted', t => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['clearpart --all', /^0: got "clearpart"; disks are the layout’s: install\.layouts\. Taken are authselect, eula, firewall, /],
    ['part / --size=1', /disks are the layout/], ['bootloader --append=x', /disks are the layout/], ['rootpw secret', /users are the setting users/], ['user --name=x', /users are the setting/], ['network --bootproto=dhcp', /the settings network/],
    ['url --url=http://x/', /packages come from the source alone/], ['repo --name=x --baseurl=http://x/', /packages come/], ['rhsm --organization=1 --activation-key=x', /takes a secret/], ['realm join x', /takes a secret/],
    ['%post', /sections are not taken; a script is the setting hook/], ['%include /etc/passwd', /sections are not taken/], ['reboot --eject', /how the installation runs/], ['firewal --enabled', /^0: got "firewal"; Taken are /], ['constructor', /^0: got "constructor"; Taken are /], ['__proto__', /Taken are/],
    ['firewall', /exactly one of --enabled, --disabled, --use-system-defaults has to be there; wanted is firewall --enabled\|/], ['firewall --enabled --disabled', /exactly one/], ['firewall --enabled --port=0:tcp', /--port can’t be "0:tcp"/], ['firewall --enabled --port=65536:tcp', /--port can’t/], ['firewall --enabled --port=80', /--port can’t/],
    ['firewall --enabled --port 80:tcp', /"--port" is not one of its options/], ['firewall --enabled --telnet', /"--telnet" is not one of its options/], ['firewall --enabled --service=a,b;c', /--service can’t be "a,b;c"/], ['firewall --enabled ssh', /"ssh" is not an option/], ['firewall --enabled=yes', /"--enabled=yes" is not one/],
    ['selinux --disabled', /"--disabled" is not one of its options.*wanted is selinux --enforcing\|--permissive$/s], ['selinux', /exactly one/], ['services', /one of --enabled, --disabled has to be there/], ['services --enabled=', /--enabled can’t be ""/], ['services --enabled=a --enabled=b', /--enabled is there twice/],
    ['services --disabled=cups,sshd', /sshd has to run/], ['services --disabled=NetworkManager.service', /NetworkManager has to run/], ['skipx now', /"now" is not an option/], ['eula', /exactly one of --agreed/], ['logging --host=10.0.0.9', /Anaconda logs to the bastion, and then does not look at this command\. Taken are/], ['services "--enabled=a b"', /--enabled can’t be "a b"/],
    ['authselect select', /words are missing/], ['authselect enable-feature x', /"enable-feature" is not a word that it takes/], ['authselect select sssd;reboot', /"sssd;reboot" is not a word/], ['authselect select ../x', /is not a word/], ['syspurpose', /one of --role/], ['syspurpose --role="$(reboot)"', /--role can’t be/],
    ['', /it is empty/], ['   ', /it is empty/], ['selinux --enforcing # why', /a comment/], ['selinux --enf\\orcing', /a backslash/], ['selinux "--enforcing', /a quote that does not end/], ['selinux --enforcing\nrootpw x', /line break/], ['selinux --enforcing\u2028rootpw x', /line break/], ['skipx\u0000', /control character/], ['selinux\t--enforcing', /control character/],
  ]
  for (const [index, [line, wanted]] of refused.entries()) {
    const [mistake, ...more] = judgeKickstartLines([line])
    const name = `${index}, ${line.replaceAll(/[^\w-]+/g, ' ')}`
    t.match(mistake, wanted, name)
    t.ok(mistake?.startsWith('0: got '), name)
    t.same(more.filter(other => !other.startsWith('0: got ')), [])
  }
  for (const secret of ['rootpw hunter2', 'user --name=a --password=hunter2', 'rhsm --activation-key="hunter2"', 'rootpw "hunter2', 'rootpw\thunter2', 'rootpw hunter2 # mine']) {
    t.notMatch(judgeKickstartLines([secret]).join(), /hunter2/, 'a secret is not said again')
  }
  t.match(judgeKickstartLines(['skipx', 'firewall --enabled', 'firewall --disabled']), [/^2: got "firewall --disabled", and firewall is given already, as 1; wanted is one of each$/])
  t.end()
})

t.test('an operator’s word takes the place of ours; his services run beside ours', t => {
  const lines = (...given: string[]) => planExtraCommands(given).map(({ command, words }) => [command, ...words].join(' '))
  t.same(lines(), ['selinux --enforcing', 'firewall --disabled', 'services --enabled=sshd,chronyd,iscsid'])
  t.same(lines('skipx', 'services --enabled=cups,sshd --disabled=bluetooth,avahi-daemon', 'firewall --enabled --ssh'), ['selinux --enforcing', 'firewall --enabled --ssh', 'services --disabled=bluetooth,avahi-daemon --enabled=sshd,chronyd,iscsid,cups', 'skipx'])
  t.end()
})

t.test('no line takes long', t => {
  const began = process.cpuUsage()
  for (const part of ['a', ' ', '"', '""', '"" ', '--port=1:tcp,', 'a"', '\'a\' ']) judgeKickstartLines([`firewall ${part.repeat(500)}`.slice(0, 500), `services --enabled=${part.repeat(500)}`.slice(0, 500)])
  const ms = process.cpuUsage(began).user / 1000
  t.ok(ms < 3000, `${ms} ms`)
  t.end()
})
