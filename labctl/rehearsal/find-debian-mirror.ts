import { execa } from 'execa'

/** The Debian mirror that this host's apt uses; deb.debian.org where it uses none. */
export async function findDebianMirror(): Promise<string> {
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages'], { reject: false, stdin: 'ignore', timeout: 20_000 })
  const found = (stdout ?? '').split('\n').map(line => line.trim().split(' ')[0] ?? '').find(uri => /^https?:\/\/\S+\/debian\/?$/.test(uri))
  return found ?? 'http://deb.debian.org/debian'
}
