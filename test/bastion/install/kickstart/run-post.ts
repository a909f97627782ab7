// Runs the scripts after an installation for real: nochroot.sh around, and post.sh inside, a chroot of the real root image, as Anaconda would, with the programs that a minimal Fedora has.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { execa } from 'execa'
import type { MachineKickstartQuestion } from '../../../../bastion/install/kickstart/machine-kickstart-question.ts'
import { builtImage } from '../../../lib/cache.ts'
import { listenTls, overlayFolder } from '../../../templates/overlay/run-overlay.ts'
import { textsOf } from './question-of.ts'

/** The programs that post.sh may use, by the package that has them; each is in the group core of Fedora and RHEL, or named in packages.ks.hbs. */
export const fedoraPrograms: Record<string, string[]> = {
  bash: ['sh'], coreutils: ['cat', 'chmod', 'env', 'head', 'mkdir', 'mv', 'printf', 'rm', 'stat', 'tail', 'tee', 'timeout', 'tr'], grep: ['grep'], sed: ['sed'],
  'util-linux': ['unshare'], 'shadow-utils': ['useradd', 'chpasswd'], sudo: ['visudo'], openssh: ['ssh-keygen', 'sshd'], systemd: ['systemctl'], 'glibc-common': ['locale'], 'ca-certificates': ['update-ca-trust'], 'grub2-tools-minimal': ['grub2-editenv'],
}
/** What Anaconda's environment has of them: lorax takes much away (runtime-cleanup.tmpl). */
const installerPrograms = ['sh', 'cat', 'cp', 'curl', 'date', 'head', 'mkdir', 'rm', 'sed', 'sleep', 'tail', 'tr']

/** What Debian has under another name, or not at all, and a Fedora has before %post. `labctl-trust` notes that it was asked, in place of p11-kit. */
const likeFedora = `
rm -f etc/chrony/sources.d/* etc/ssh/ssh_host_* etc/systemd/network/*
mv etc/chrony/chrony.conf etc/chrony.conf; printf 'pool 2.fedora.pool.ntp.org iburst\\nserver old.example\\n' >>etc/chrony.conf
mkdir -p etc/dnf etc/pki/ca-trust/source/anchors etc/NetworkManager/system-connections boot/loader/entries boot/grub2 run/sshd root
printf '[main]\\ngpgcheck=True\\nproxy=http://old.example\\nskip_if_unavailable=False\\n' >etc/dnf/dnf.conf
printf '127.0.0.1   localhost localhost.localdomain\\n' >etc/hosts
echo 0123456789abcdef0123456789abcdef >etc/machine-id
printf '# of Anaconda\\nUUID=1 / ext4 defaults 1 1\\n' >etc/fstab
: >etc/NetworkManager/system-connections/eno1.nmconnection
echo 'PermitRootLogin yes' >etc/ssh/sshd_config.d/01-permitrootlogin.conf
: >boot/loader/entries/0123456789abcdef0123456789abcdef-6.17.1.conf
: >boot/loader/entries/0123456789abcdef0123456789abcdef-0-rescue.conf
ln -s /usr/bin/grub-editenv usr/bin/grub2-editenv
ln -s ../grub2/grubenv boot/grub2/link; mkdir -p boot/grub; chroot . grub-editenv - create; chroot . grub-editenv - set saved_entry=0123456789abcdef0123456789abcdef-6.17.1
printf '#!/bin/sh\\n/bin/ls /etc/pki/ca-trust/source/anchors >/etc/pki/asked\\n' >usr/bin/update-ca-trust; chmod 755 usr/bin/update-ca-trust
`
/** What nothing here needs. */
const leftOut = ['dev/*', 'boot', 'usr/lib/modules', 'usr/lib/firmware', 'usr/lib/grub', 'usr/libexec/podman', 'usr/bin/podman', 'usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/i18n', 'var/lib/dpkg', 'var/cache']
const path = '/usr/sbin:/usr/bin:/sbin:/bin'
const inside = (script: string, folder: string) => execa('unshare', [...process.getuid!() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'], '--mount', '--pid', '--fork', '--kill-child', 'sh', '-eu', '-c', script, folder], { reject: false, all: true, timeout: 600_000, env: { PATH: path } })

/** A new system as Anaconda leaves it for %post: made once, and run in through an overlay. */
export async function newSystem(t: Test): Promise<string> {
  const image = join(await builtImage(), 'debian-13', 'image.tar')
  const folder = t.testdir({ base: {}, 'like-fedora.sh': likeFedora })
  const made = await inside(`cd "$0/base"
    tar -x -p --numeric-owner ${leftOut.map(name => `--exclude='./${name}'`).join(' ')} -f ${image}
    mkdir -p fedora dev; mount --rbind /dev dev
    sh -eux ../like-fedora.sh
    for program in ${Object.values(fedoraPrograms).flat().join(' ')}; do ln -s "$(chroot . /bin/sh -c 'PATH=${path}; command -v "$0"' $program)" fedora/$program; done`, folder)
  if (made.exitCode !== 0) throw new Error(`The new system could not be made: ${made.all}`)
  return join(folder, 'base')
}

/** What became of it. `files`: by path, each with its mode, owner and content. */
export interface PostRun { status: number, output: string, log: string, failed: string, told: string[], files: Map<string, { mode: string, owner: string, content: string }> }

/** Runs them for this question in `system`. `before`: shell commands in the new system's root, beforehand; `carry`: K3's script; `without`: programs that are missing. */
export async function runPost(t: Test, system: string, question: MachineKickstartQuestion, { before = '', carry = '', without = [] as readonly string[] } = {}): Promise<PostRun> {
  const bastion = await listenTls((_call, response) => { response.writeHead(204).end() })
  t.teardown(bastion.stop)
  const folder = t.testdir({ overlay: {}, answer: {}, bin: {}, result: {}, run: {} })
  const { nochroot, post } = textsOf(question)
  const answer = { 'nochroot.sh': nochroot, 'post.sh': post.replace(`PATH=${path}`, 'PATH=/fedora'), 'bootstrap.json': '{"name":"worker-1"}\n', 'before.sh': before, ...carry === '' ? {} : { 'storage-carry.sh': carry } }
  for (const [name, text] of Object.entries(answer)) writeFileSync(join(folder, 'answer', name), text)
  copyFileSync(new URL('lib.sh', overlayFolder), join(folder, 'overlay', 'lib.sh'))
  writeFileSync(join(folder, 'overlay', 'overlay.env'), `LABCTL_URL='${bastion.url}'\nLABCTL_PIN='${bastion.pin}'\n`)
  writeFileSync(join(folder, 'overlay', 'bearer.header'), 'Authorization: Bearer x\n')
  writeFileSync(join(folder, 'overlay', 'machine.key'), 'THE KEY\n', { mode: 0o600 })
  const ran = await inside(`
    cd "$0"; mkdir changes; mount -t tmpfs none changes; mkdir changes/upper changes/work changes/target
    mount -t overlay overlay -o lowerdir=${system},upperdir=changes/upper,workdir=changes/work changes/target; ln -s changes/target target
    for folder in dev sys; do mount --rbind /$folder target/$folder; done; mount -t proc proc target/proc
    (cd target; sh -eu ../../answer/before.sh) >before.log 2>&1 || { cat before.log; exit 99; }
    for program in ${without.join(' ')}; do rm target/fedora/$program; done
    for program in ${installerPrograms.join(' ')}; do ln -s "$(command -v $program)" bin/$program; done
    anaconda() { PATH="$PWD/bin" LABCTL="$PWD/overlay" LABCTL_RUN="$PWD/run" LABCTL_TARGET="$PWD/target" LABCTL_ON_CONSOLES= sh answer/nochroot.sh "$@"; }
    set +e
    code=0
    anaconda && env -i /usr/sbin/chroot target /bin/sh /root/.labctl/post.sh && anaconda after || code=$?
    cat target/var/log/labctl-install.log >log 2>/dev/null; cat target/root/.labctl/failed run/failed >failed 2>/dev/null
    tar -c --numeric-owner -f result.tar -C target --exclude=etc/ssl --exclude=etc/alternatives etc root home usr/libexec/labctl var/log boot
    exit $code`, folder)
  const listed = execFileSync('tar', ['-tvf', join(folder, 'result.tar'), '--numeric-owner'], { encoding: 'utf8' })
  execFileSync('tar', ['-x', '-f', join(folder, 'result.tar'), '-C', join(folder, 'result'), '--no-same-owner', '--mode=u+rwX', '--exclude=*.pem', '--no-same-permissions'])
  const files = new Map(listed.split('\n').flatMap(line => {
    const [, mode, owner, name] = /^(\S{10}) (\S+) +\d+ \S+ \S+ ([^ ]+)/.exec(line) ?? []
    return name === undefined ? [] : [[`/${name.replace(/\/$/, '')}`, { mode: mode!, owner: owner!, content: mode!.startsWith('-') ? readFileSync(join(folder, 'result', name), 'utf8') : '' }] as const]
  }))
  const text = (name: string): string => { try { return readFileSync(join(folder, name), 'utf8') } catch { return '' } }
  const told = bastion.calls.map(call => JSON.parse(call.body.toString()) as { phase: string, message?: string }).map(({ phase, message }) => (message === undefined ? phase : `${phase}: ${message}`))
  return { status: ran.exitCode ?? -1, output: ran.all, log: text('log'), failed: text('failed'), told, files }
}
