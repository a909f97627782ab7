// What the steps of a reprovision do to tell and carry over what is kept: their functions, run by a shell on folders in place of volumes.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { diskOf, factsOf } from '../volumes/facts-of.ts'
import { reprovisionOf, viewOf } from './steps-of.ts'

const steps = renderSteps(viewOf(reprovisionOf({ facts: factsOf([diskOf('sda')], { firmware: 'uefi' }) })))
const lenient = renderSteps(viewOf(reprovisionOf({ accept: ['lost-carry-over=all'] })))

/** The text of functions of the steps. */
function functions(source: string, ...names: string[]): string {
  return names.map(name => {
    const found = new RegExp(`^${name}\\(\\) \\{.*(\\}|\\n[^]*?\\n\\}[^\\n]*)$`, 'm').exec(source)
    if (found === null) throw new Error(`The steps have no ${name}.`)
    return found[0]
  }).join('\n')
}

/** A part of the steps from one line to another. */
function part(from: string, to: string): string {
  const start = steps.indexOf(from)
  const end = steps.indexOf(to, start)
  if (start === -1 || end === -1) throw new Error(`The steps have no ${from} … ${to}.`)
  return steps.slice(start, end)
}

const put = (folder: string, files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { mode: 0o600 })
  }
}

/** Runs shell lines with the steps' variables; what they stop with is printed. */
function shell(folder: string, script: string): string {
  const head = 'set -u; export LC_ALL=C; LABCTL_RUN=$PWD log=$PWD/log old=$PWD/old look=$PWD/look target=$PWD/target carried=$PWD/carried.tar stage= children=\n'
    + 'patience=300; due() { :; }; hanging() { :; }; stop() { echo "stopped: $*"; exit 1; }; labctl_say() { echo "said: $*"; }; labctl_plain() { printf %s "$1"; }; labctl_answer_text() { echo cancelled; }; : >log\n'
  const { stdout, stderr } = spawnSync('sh', ['-c', head + script], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  return stdout + stderr
}

t.test('files are carried over with the folders that they lie in, and nothing else', async t => {
  const folder = t.testdir()
  put(folder, { 'old/etc/ssh/ssh_host_rsa_key': 'private', 'old/etc/ssh/ssh_host_rsa_key.pub': 'public', 'old/etc/ssh/sshd_config': 'x', 'old/etc/rancher/node/password': 'pw', 'old/etc/rancher/node/odd\nna me': 'x', 'old/etc/shadow': 'x' })
  const carrying = functions(steps, 'plain', 'carry', 'judge_carried', 'collect_carried')
  const listed = "printf '%s\\n' '/etc/ssh/ssh_host_|any' '/etc/rancher/node/odd|any' '/etc/rancher/node/password|one' '/etc/absent|one' '/absent/x|any' >carry.paths"
  const said = shell(folder, `${carrying}\n${listed}\n: >carry.list; : >carry.folders; carry_behind= old_missing=\ncarry /etc/ssh/ssh_host_ any; carry /etc/rancher/node/odd any; carry /etc/rancher/node/password one; carry /etc/absent one; carry /absent/x any; collect_carried; echo fine`)
  t.equal(said, 'fine\n')
  const names = execFileSync('tar', ['-tf', join(folder, 'carried.tar')], { encoding: 'utf8' }).trim().split('\n')
  t.strictSame(names.filter(name => !name.endsWith('/')).toSorted(), ['./etc/rancher/node/odd\\nna me', './etc/rancher/node/password', './etc/ssh/ssh_host_rsa_key', './etc/ssh/ssh_host_rsa_key.pub'])
  t.strictSame([...new Set(names.filter(name => name.endsWith('/')))].toSorted(), ['./etc/', './etc/rancher/', './etc/rancher/node/', './etc/ssh/'])
})

t.test('what is too large, or lies behind a symbolic link, stops the steps, and the latter is left behind where that was accepted', async t => {
  const folder = t.testdir()
  put(folder, { 'old/data/big': 'x'.repeat(17 * 2 ** 20), 'elsewhere/secret': 'of the RAM disk' })
  execFileSync('truncate', ['-s', '300M', join(folder, 'old/data/sparse')])
  symlinkSync('/elsewhere', join(folder, 'old/link'))
  symlinkSync('/data/key', join(folder, 'old/key_rsa'))
  const script = (source: string, carry: string, missing = '') => `${functions(source, 'plain', 'carry', 'judge_carried', 'collect_carried')}\nprintf '/data|one\\n' >carry.paths; : >carry.list; : >carry.folders; carry_behind= old_missing='${missing}'\n${carry}; collect_carried; echo fine`
  t.match(shell(folder, script(steps, 'carry /data/sparse one')), /^stopped: what is to be carried over has 307200 KiB/, 'holes count')
  t.match(shell(folder, script(steps, 'carry /key_rsa one')), /^stopped: .*behind a symbolic link.* \/key_rsa; /, 'a link alone is not what it leads to')
  t.match(shell(folder, script(steps, 'carry /key any')), /^stopped: .*behind a symbolic link.* \/key_rsa; /)
  t.match(shell(folder, script(steps, ':', ' vg0/var of /var: it holds nothing;')), /^stopped: what is to be carried over may lie on a volume that cannot be looked into: vg0\/var of \/var: it holds nothing; --accept lost-carry-over=all/)
  t.match(shell(folder, script(lenient, ':', ' vg0/var of /var: it holds nothing;')), /^said: not carried over, since it cannot be looked into: vg0\/var.*\nfine\n$/)
  t.match(shell(folder, script(steps, 'carry /data/big one')), /^stopped: what is to be carried over has \d+ KiB, at most 16 MiB are allowed/)
  t.match(shell(folder, script(steps, 'carry /link/secret one')), /^stopped: .*behind a symbolic link.* \/link\/secret; .*--accept lost-carry-over=all/)
  t.match(shell(folder, script(lenient, 'carry /link/secret one')), /^said: not carried over, .* \/link\/secret\nfine\n$/)
  t.equal(execFileSync('tar', ['-tf', join(folder, 'carried.tar')], { encoding: 'utf8' }), '')
})

t.test('what an attempt had put aside is taken only if it is whole, root’s alone, and the one that the group’s tag names', async t => {
  const folder = t.testdir()
  put(folder, { 'old/etc/key': 'content' })
  mkdirSync(join(folder, 'look/.labctl-carry-over'), { recursive: true })
  const archive = join(folder, 'look/.labctl-carry-over/carried.tar')
  execFileSync('tar', ['-cf', archive, '-C', join(folder, 'old'), '--no-recursion', './etc', './etc/key'])
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex')
  const take = (complete: string | null, underway: string, owner = '0 700') => {
    if (complete !== null) writeFileSync(join(folder, 'look/.labctl-carry-over/complete'), complete)
    return shell(folder, `stat() { case $* in *'%u %a'*) echo '${owner}' ;; *) command stat "$@" ;; esac; }\n${functions(steps, 'judge_carried', 'take_stored')}\nprintf '/etc/key|one\\n' >carry.paths; stored=no stored_root=- underway=${underway} carried_folder=none\ntake_stored /srv; echo "$stored $carried_folder $stored_root"`)
  }
  t.equal(take(null, sum), 'no none -\n', 'without the mark')
  t.equal(take(`${sum} order the-root\n`, sum), 'yes /srv/.labctl-carry-over the-root\n')
  t.equal(take(`${sum} order\n`, sum), 'yes /srv/.labctl-carry-over \n', 'an earlier version’s')
  t.equal(take(`${sum} order\n`, ''), 'no none -\n', 'no attempt was cut short')
  t.equal(take(`${sum} order\n`, 'a'.repeat(64)), 'no none -\n', 'another attempt’s')
  t.equal(take(`${sum} order\n`, sum, '1000 700'), 'no none -\n')
  t.equal(take(`${sum} order\n`, sum, '0 755'), 'no none -\n')
  writeFileSync(join(folder, 'look/.labctl-carry-over/carried.tar'), 'changed')
  t.equal(take(`${sum} order\n`, sum), 'no none -\n')
})

t.test('nothing is carried over but what is listed, in folders that come with it, with nothing that would run with its owner’s rights', async t => {
  const folder = t.testdir()
  put(folder, { 'old/etc/ssh/ssh_host_key': 'k', 'old/etc/node/password': 'p', 'old/usr/bin/sshd': 'mine', 'old/etc/ssh/sshd_config': 'mine' })
  symlinkSync('../..', join(folder, 'old/etc/node/link'))
  mkdirSync(join(folder, 'old/etc/node/deep'))
  execFileSync('ln', [join(folder, 'old/etc/ssh/ssh_host_key'), join(folder, 'old/etc/node/again')])
  execFileSync('mkfifo', [join(folder, 'old/etc/node/pipe')])
  writeFileSync(join(folder, 'old/etc/node/setuid'), 'x')
  chmodSync(join(folder, 'old/etc/node/setuid'), 0o4755)
  const judge = (names: string[], options: string[] = []) => {
    execFileSync('tar', ['-cf', join(folder, 'made.tar'), '-C', join(folder, 'old'), '--no-recursion', ...options, '-T', '/dev/null', ...names])
    return shell(folder, `${functions(steps, 'judge_carried')}\nprintf '%s\\n' '/etc/ssh/ssh_host_|any' '/etc/node|one' >carry.paths\nif judge_carried made.tar; then echo taken; else echo "not: $carried_odd"; fi`)
  }
  const whole = ['./etc', './etc/ssh', './etc/ssh/ssh_host_key', './etc', './etc/node', './etc/node/password']
  t.equal(judge(whole), 'taken\n')
  t.equal(judge([...whole, './etc/node/deep', './etc/node/link']), 'taken\n', 'what lies below a listed folder, a link as such')
  t.equal(judge([]), 'taken\n', 'nothing at all')
  t.match(judge([...whole, './etc/ssh/sshd_config']), /^not: \.\/etc\/ssh\/sshd_config is not on the list/)
  t.match(judge([...whole, './usr', './usr/bin', './usr/bin/sshd']), /^not: \.\/usr is not on the list/)
  t.match(judge(['./etc', './etc/ssh/ssh_host_key']), /comes without its folder/, 'else it would go through a link of the new system')
  t.match(judge([...whole, './etc/node/pipe']), /is neither a file nor a folder/)
  t.match(judge([...whole, './etc/node/again']), /is neither a file nor a folder/, 'a further name of a file')
  t.match(judge([...whole, './etc/node/setuid']), /would run with the rights/)
  t.match(judge(['etc', 'etc/node']), /is no plain path/)
  t.match(judge([...whole, './etc/node/password'], ['--transform=s,node/password$,node/../../usr/x,']), /is no plain path/)
  t.match(judge([...whole, './etc/node/link'], ['--transform=s,node/link$,node/password,r']), /is there twice/)
  writeFileSync(join(folder, 'made.tar'), 'no archive')
  t.match(shell(folder, `${functions(steps, 'judge_carried')}\nif judge_carried made.tar; then echo taken; else echo "not: $carried_odd"; fi`), /^not: it does not read/)
})

t.test('after an attempt that was cut short, what it put aside counts, unless the very root that it was taken from is still there', async t => {
  const decision = steps.slice(steps.indexOf('carry_from=old\n'), steps.indexOf('case $carry_from in'))
  const from = (variables: string) => shell(t.testdir(), `underway= stored=no stored_root= old_root=yes old_root_uuid=R old_missing= old_why=why\n${variables}\n${decision}\necho $carry_from`)
  t.equal(from(''), 'old\n')
  t.equal(from('underway=sum stored=yes stored_root=S'), 'store\n', 'another root is there by now')
  t.equal(from('underway=sum stored=yes stored_root=R'), 'old\n', 'it had not begun')
  t.equal(from("underway=sum stored=yes stored_root=R old_missing=' /var;'"), 'store\n', 'it had begun with another volume')
  t.equal(from('underway=sum stored=yes stored_root= old_root_uuid=R'), 'store\n', 'an earlier version’s')
  t.equal(from('underway=sum stored=yes stored_root=- old_root=no old_root_uuid=-'), 'store\n')
  t.match(from('underway=sum'), /^stopped: an attempt that was cut short/)
  t.match(from('old_root=no'), /^stopped: the old system cannot be read \(why\)/)
})

t.test('a volume that cannot be looked into matters where something listed lies, or may lie', async t => {
  const touches = (mount: string, ...listed: string[]) => shell(t.testdir(), `${functions(steps, 'touches')}\nprintf '%s\\n' ${listed.map(path => `'${path}'`).join(' ')} >carry.paths\nif touches ${mount}; then echo yes; else echo no; fi`)
  t.equal(touches('/var', '/var/lib/secret|one'), 'yes\n')
  t.equal(touches('/var/lib', '/var|one'), 'yes\n')
  t.equal(touches('/etc/ssh/ssh_host_keys', '/etc/ssh/ssh_host_|any'), 'yes\n')
  t.equal(touches('/var', '/variety|one', '/etc/x|one'), 'no\n')
  t.equal(touches('/var/log', '/var/lib|one'), 'no\n')
})

t.test('a folder that gets a volume of its own must be empty, and one that cannot be looked into stops the steps', async t => {
  const folder = t.testdir()
  put(folder, { 'old/srv/file': 'x' })
  mkdirSync(join(folder, 'old/home'))
  symlinkSync('/', join(folder, 'old/link'))
  const must = (path: string, more = '') => shell(folder, `${functions(steps, 'plain', 'must_be_empty')}\nold_opened=' vg0/root ' underway= old_why='vg0/var of /var: it holds nothing'\n${more}\nmust_be_empty ${path}; echo fine`)
  t.equal(must('/home vg0/root'), 'fine\n')
  t.equal(must('/absent vg0/root'), 'fine\n')
  t.match(must('/srv vg0/root'), /^stopped: \/srv holds something \(file\.\.\.\) .*--accept lost-folder=\/srv/)
  t.match(must('/link/x vg0/root'), /^stopped: .*symbolic link/)
  t.match(must('/var/x vg0/var'), /^stopped: it cannot be told whether \/var\/x is empty: vg0\/var of \/var: it holds nothing/)
  t.equal(must('/var/x vg0/var', 'underway=abc'), 'fine\n', 'the attempt that was cut had looked')
})

t.test('LVM’s listing must be the one that was reported, to the line', async t => {
  const plan = reprovisionOf()
  const [group] = plan.groups
  const lists = {
    vgs: [`${group!.uuid}|vg0|4194304||||labctl.installed`],
    pvs: plan.expected.physicalVolumes.map(volume => `${volume.uuid}|${volume.groupUuid}||`),
    lvs: plan.expected.volumes.map(volume => `${volume.groupUuid}|${volume.uuid}|${volume.name}|${volume.sizeBytes}|-wi-------|linear|${volume.tags.join(',')}`),
  }
  const check = (change: Partial<typeof lists>, warning = '') => {
    const folder = t.testdir({ bin: {} })
    for (const [name, lines] of Object.entries({ ...lists, ...change })) writeFileSync(join(folder, name), lines.map(line => `  ${line}\n`).join(''))
    writeFileSync(join(folder, 'bin/lvm'), `#!/bin/sh\ncat "$1"\n${warning === '' ? '' : `echo '${warning}' >&2`}\n`, { mode: 0o755 })
    const source = renderSteps(viewOf(plan))
    return shell(folder, `PATH=$PWD/bin:$PATH\n${functions(source, 'lines', 'list', 'same', 'only_one', 'check_groups')}\ncheck_groups; echo fine`)
  }
  t.equal(check({}), 'fine\n')
  t.equal(check({ lvs: lists.lvs.toReversed() }, 'File descriptor 9 (pipe) leaked on lvm invocation'), 'fine\n')
  t.match(check({ lvs: lists.lvs.slice(1) }), /^stopped: the volumes are not as reported: .*is not there any more/)
  t.match(check({ lvs: [...lists.lvs, `${group!.uuid}|x|new|4194304|-wi-------|linear|`] }), /^stopped: the volumes are not as reported: .*\|new\|.*is there instead or as well/)
  t.match(check({ lvs: lists.lvs.map(line => line.replace('-wi-------', 'swi---s---')) }), /^stopped: the volumes/)
  t.match(check({ pvs: lists.pvs.map(line => line.replace(/\|$/, '|duplicate')) }), /^stopped: the physical volumes/)
  t.match(check({ vgs: lists.vgs.map(line => line.replace('4194304||', '4194304|exported|')) }), /^stopped: the volume groups/)
  t.match(check({ vgs: [...lists.vgs, 'another|vg0|4194304||||'] }), /^stopped: there is more than one volume group named vg0/)
  t.match(check({}, 'WARNING: Not using device /dev/sdb1 for PV x.'), /^stopped: LVM complains: WARNING: Not using device/)
})

t.test('what is kept is read off the disk where it lies, volumes of other kinds by their metadata only', async t => {
  const folder = t.testdir({ bin: {} })
  const plan = reprovisionOf()
  const [home, srv] = plan.kept
  const volumes = [home!, srv!].map(({ uuid, group, name, sizeBytes }) => `${uuid}|${group}|${name}|${sizeBytes}`)
  writeFileSync(join(folder, 'lvs'), ['other|vg0|root|4194304', ...volumes].map(line => `  ${line}\n`).join(''))
  writeFileSync(join(folder, 'pvs'), `  ${home!.uuid}|home|1048576|4194304|2560|512|/dev/sda4\n  other|root|1048576|4194304|0|1|/dev/sda4\n`)
  writeFileSync(join(folder, 'bin/lvm'), '#!/bin/sh\ncat "$1"\n', { mode: 0o755 })
  writeFileSync(join(folder, 'bin/blkid'), '#!/bin/sh\necho "$*" >>asked\nprintf "TYPE=ext4\\nUUID=abc\\n"\n', { mode: 0o755 })
  t.equal(shell(folder, `PATH=$PWD/bin:$PATH\n${functions(renderSteps(viewOf(plan)), 'lines', 'list', 'moved', 'attend', 'read_kept', 'probe_kept')}\nread_kept read; cat read`),
    [`vg0/home|${home!.uuid}|ext4|abc|${home!.sizeBytes}\n`, `vg0/srv|${srv!.uuid}|||${srv!.sizeBytes}\n`].join(''))
  t.equal(readFileSync(join(folder, 'asked'), 'utf8'), `-p -O ${1048576 + 2560 * 4194304} -S ${512 * 4194304} -s TYPE -s UUID -o export /dev/sda4\n`)
})

t.test('what is put back is what was carried, and not through a symbolic link of the new system', async t => {
  const folder = t.testdir()
  put(folder, { 'old/etc/ssh/key': 'former', 'old/var/run/x': 'x', 'target/etc/ssh/key': 'new', 'target/etc/ssh/other': 'stays', 'outside/y': 'y' })
  symlinkSync(join(folder, 'outside'), join(folder, 'target/linked'))
  put(folder, { 'old/linked/x': 'x' })
  execFileSync('tar', ['-cf', 'carried.tar', '-C', 'old', '--no-recursion', './etc', './etc/ssh', './etc/ssh/key', './linked', './linked/x', './var', './var/run', './var/run/x'], { cwd: folder })
  const back = part(': >"$LABCTL_RUN/carried.not"', 'was_carried() {')
  const said = shell(folder, `tar -tf carried.tar >carried.names\n${back.slice(0, back.indexOf('write /etc/fstab'))}\necho fine`)
  t.match(said, /^said: not put back, since it is a symbolic link in the new system: \.\/linked/)
  t.match(said, /fine\n$/)
  t.equal(readFileSync(join(folder, 'target/etc/ssh/key'), 'utf8'), 'former')
  t.equal(readFileSync(join(folder, 'target/etc/ssh/other'), 'utf8'), 'stays')
  t.equal(readFileSync(join(folder, 'target/var/run/x'), 'utf8'), 'x')
  t.equal(existsSync(join(folder, 'outside/x')), false)
})

t.test('SSH host keys are taken over only when each has its own public half', async t => {
  const keys = (change: (folder: string) => void) => {
    const folder = t.testdir({ bin: {} })
    mkdirSync(join(folder, 'target/etc/ssh'), { recursive: true })
    for (const type of ['ed25519', 'ecdsa']) execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(folder, `target/etc/ssh/ssh_host_${type}_key`)])
    writeFileSync(join(folder, 'carried.names'), ['ed25519_key', 'ed25519_key.pub', 'ecdsa_key', 'ecdsa_key.pub'].map(name => `./etc/ssh/ssh_host_${name}\n`).join(''))
    change(folder)
    writeFileSync(join(folder, 'bin/chroot'), '#!/bin/sh\nroot=$1; shift\nfor last in "$@"; do :; done\nexec ssh-keygen -y -P "" -f "$root$last"\n', { mode: 0o755 })
    return shell(folder, `PATH=$PWD/bin:$PATH\n${functions(steps, 'was_carried', 'host_keys_carried')}\nif host_keys_carried; then echo "taken over $host_keys"; else echo none; fi`)
  }
  const key = (folder: string, name: string) => join(folder, `target/etc/ssh/ssh_host_${name}`)
  t.equal(keys(() => undefined), 'taken over 2\n')
  t.equal(keys(folder => { writeFileSync(key(folder, "it's\nno key"), '') }), 'taken over 2\n')
  t.equal(keys(folder => { writeFileSync(key(folder, 'ecdsa_key'), 'torn') }), 'none\n')
  t.equal(keys(folder => { writeFileSync(key(folder, 'ed25519_key.pub'), readFileSync(key(folder, 'ecdsa_key.pub'))) }), 'none\n')
  t.equal(keys(folder => { execFileSync('rm', [key(folder, 'ecdsa_key.pub')]) }), 'none\n')
  t.equal(keys(folder => { execFileSync('rm', [key(folder, 'ecdsa_key')]) }), 'none\n')
  t.equal(keys(folder => { writeFileSync(join(folder, 'carried.names'), '') }), 'none\n', 'those of the image are not taken for carried ones')
})

t.test('the removable path of an ESP is ours when nothing is there, or what we put there, or what an attempt of ours was replacing', async t => {
  const ours = (files: Record<string, string>) => {
    const folder = t.testdir()
    put(folder, Object.fromEntries(Object.entries(files).map(([path, text]) => [`EFI/${path}`, text])))
    return shell(folder, `${functions(steps, 'removable_ours')}\nesp=$PWD/EFI\nif removable_ours; then echo ours; else echo theirs; fi`)
  }
  t.equal(ours({}), 'ours\n')
  t.equal(ours({ 'labctl/shimx64.efi': 'shim', 'labctl/grubx64.efi': 'grub', 'BOOT/BOOTX64.EFI': 'shim', 'BOOT/grubx64.efi': 'grub' }), 'ours\n')
  t.equal(ours({ 'labctl/shimx64.efi': 'shim', 'BOOT/BOOTX64.EFI': 'windows' }), 'theirs\n')
  t.equal(ours({ 'labctl/shimx64.efi': 'shim', 'labctl/grubx64.efi': 'grub', 'BOOT/BOOTX64.EFI': 'shim', 'BOOT/grubx64.efi': 'of another Debian' }), 'theirs\n')
  t.equal(ours({ 'BOOT/BOOTX64.EFI': 'windows' }), 'theirs\n')
  t.equal(ours({ 'labctl/replacing': '', 'BOOT/BOOTX64.EFI': 'half of it' }), 'ours\n')
})

t.test('a child that gets nowhere for five minutes ends the attempt, and so does an order that the bastion takes back', async t => {
  const waiting = `patience=300; due() { :; }; hanging() { :; }\n${functions(steps, 'attend', 'progress')}\nmoved() { moved=same; }\nsleep() { :; }\nlabctl_progress() { LABCTL_STATUS=410; }\n`
  t.match(shell(t.testdir(), `${waiting}trap 'kill $attend_pid' EXIT\ncommand sleep 60 >/dev/null 2>&1 &\nattend $! 'unpacking the root image'; echo went on`), /^stopped: unpacking the root image: it has got nowhere for 300 s\n$/)
  t.equal(shell(t.testdir(), `${waiting}sleep() { command sleep 0.05; }\nsh -c 'exit 3' &\nattend $! 'it'; echo "ended with $?"`), 'ended with 3\n')
  t.equal(shell(t.testdir(), `${waiting}progress image 20; echo went on`), 'stopped: the bastion takes the order back: cancelled\n')
})

t.test('what stops the steps says whether anything was touched', async t => {
  const stop = functions(steps, 'stop').replace('stop()', 'really_stop()')
  const fail = 'labctl_fail() { echo "$*"; exit 1; }\n'
  t.equal(shell(t.testdir(), `${fail}${stop}\nreally_stop 'the disk is another'`), 'the disk is another; nothing was touched\n')
  t.equal(shell(t.testdir(), `${fail}${stop}\nstage='preparing the disks'\nreally_stop 'mkfs failed'`), 'stopped while preparing the disks: mkfs failed; kept volumes are untouched; run labctl provision retry\n')
})
