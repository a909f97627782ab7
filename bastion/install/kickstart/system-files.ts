// The files that an installed machine of the Fedora and RHEL families gets whatever its settings are: those of the root image, where these families want them.
import { readFileSync } from 'node:fs'

/** One whole file. */
export interface SystemFile { path: string, mode: string, content: string }

const folder = new URL('../../../templates/image/files/', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8')
/** Only what lies in libexec may systemd start as a program of its own kind: below /usr/lib it would stay in systemd's domain (semanage-fcontext(8), bin_t). */
const moved = (text: string): string => text.replaceAll('/usr/lib/labctl/', '/usr/libexec/labctl/')

const sshd = `# Written by the installer of labctl.
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
`

/** See the file's first line. */
export const systemFiles: readonly SystemFile[] = [
  ...['etc/modules-load.d/labctl.conf', 'etc/sysctl.d/90-labctl.conf'].map(path => ({ path: `/${path}`, mode: '0644', content: read(path) })),
  ...['first-boot', 'settle-groups', 'forget-carried'].map(name => ({ path: `/usr/libexec/labctl/${name}`, mode: '0755', content: read(`usr/lib/labctl/${name}`) })),
  // Without NoNewPrivileges, which would keep SELinux from giving the program a domain of its own (systemd.exec(5)).
  { path: '/etc/systemd/system/labctl-first-boot.service', mode: '0644', content: moved(read('usr/lib/systemd/system/labctl-first-boot.service')).replace('NoNewPrivileges=yes\n', '') },
  { path: '/etc/ssh/sshd_config.d/10-labctl.conf', mode: '0644', content: sshd },
]
