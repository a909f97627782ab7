// Small operating systems for the lab: enough for an install's steps to do everything they do, in a few megabytes.
// Boot loader and system are not the subject here; the rehearsal on firmware is where they are real.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Manifest } from '../../protocol/os-sources.ts'
import { projectFolder } from '../house/list-sources.ts'

const kernel = '6.12.0-lab'
const links = ['sh', 'cat', 'mkdir', 'touch', 'cp', 'mv', 'rm', 'ln', 'ls', 'chmod', 'sync', 'test', '[', 'true', 'dd', 'date', 'sed', 'grep', 'printf']
const programs: Record<string, string> = {
  'usr/bin/ssh-keygen': `#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -f) shift; file=$1 ;; -t) shift; type=$1 ;; -y) show=yes ;; esac; shift; done
[ -z "\${show:-}" ] || { cat "$file.pub"; exit; }
umask 077
echo "stand-in private $type key, made anew" >"$file"
echo "ssh-$type stand-in" >"$file.pub"
`,
  'usr/sbin/grub-install': `#!/bin/sh
echo "grub-install $*" >>/boot/grub/installed
efi=
removable=
for word in "$@"; do case $word in --efi-directory=*) efi=\${word#*=} ;; --removable) removable=yes ;; esac; done
# GRUB in the first sector and in the BIOS boot partition, as install and retry look for it.
if [ -z "$efi" ]; then
  printf GRUB | dd of="$word" bs=1 seek=384 conv=notrunc 2>/dev/null
  printf '\\125\\252' | dd of="$word" bs=1 seek=510 conv=notrunc 2>/dev/null
  case $word in *[0-9]) word=\${word}p ;; esac
  printf core | dd of="\${word}1" bs=1 conv=notrunc 2>/dev/null
  exit 0
fi
if [ -n "$removable" ]; then mkdir -p "$efi/EFI/BOOT"; echo 'stand-in boot loader of labctl' >"$efi/EFI/BOOT/BOOTX64.EFI"
else mkdir -p "$efi/EFI/labctl"; echo 'stand-in boot loader of labctl' >"$efi/EFI/labctl/grubx64.efi"; fi
`,
}

/** Makes them in a folder of operating systems: `lab-one` and `lab-two`, told apart by /etc/lab-os. */
export function makeStandInImages(directory: string): void {
  for (const name of ['lab-one', 'lab-two']) makeImage(join(directory, name), name)
}

function makeImage(folder: string, name: string): void {
  const root = join(folder, 'root')
  const put = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    chmodSync(join(root, path), mode)
  }
  for (const path of ['dev', 'proc', 'sys', 'run', 'tmp', 'etc/ssh', 'boot/grub', 'boot/efi', 'var/lib', 'home', 'srv', 'root', 'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64']) mkdirSync(join(root, path), { recursive: true })
  for (const path of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${path}`, join(root, path))
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  copyFileSync(busybox, join(root, 'usr/bin/busybox'))
  for (const link of links) symlinkSync('busybox', join(root, 'usr/bin', link))
  for (const [, library] of execFileSync('sh', ['-c', 'ldd "$0" 2>/dev/null || :', busybox], { encoding: 'utf8' }).matchAll(/(\/\S+\.so\S*)/g)) {
    const to = library!.startsWith('/usr/') ? library! : `/usr${library}`
    put(to.slice(1), readFileSync(library!), 0o755)
  }
  for (const [path, text] of Object.entries(programs)) put(path, text, 0o755)
  put(`boot/vmlinuz-${kernel}`, 'stand-in kernel')
  put(`boot/initrd.img-${kernel}`, 'stand-in initramfs')
  put('etc/lab-os', `${name}\n`)
  // What the image itself has on paths that may be volumes, and enough of it that unpacking takes a while.
  for (let part = 0; part < 24; part += 1) put(`usr/share/lab/part-${part}`, Buffer.alloc(256 * 1024, `${name} ${part} `))
  for (let part = 0; part < 8; part += 1) put(`var/lib/lab/part-${part}`, Buffer.alloc(128 * 1024, `${name} var ${part} `))
  put('var/log/lab.log', 'of the image\n')
  // What every installed system does at its first boot is the real thing.
  cpSync(`${projectFolder}templates/image/files`, root, { recursive: true })
  execFileSync('tar', ['-cf', join(folder, 'image.tar'), '--numeric-owner', '--owner=0', '--group=0', '--sort=name', '-C', root, '.'], { timeout: 60_000 })
  execFileSync('zstd', ['-q', '-3', '-f', join(folder, 'image.tar'), '-o', join(folder, 'image.tar.zst')], { timeout: 60_000 })
  rmSync(root, { recursive: true })
  const manifest: Manifest = {
    version: 1, name, recipe: 'stand-in', kernel, builtAt: 1,
    files: ['image.tar', 'image.tar.zst'].map(file => ({ name: file, sizeBytes: statSync(join(folder, file)).size, sha256: createHash('sha256').update(readFileSync(join(folder, file))).digest('hex') })),
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
}
