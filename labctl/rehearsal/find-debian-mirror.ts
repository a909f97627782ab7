import { execa } from 'execa'
import { LabctlError } from '../labctl-error.ts'

/** The Debian mirror that this host's apt uses. Refuses a host whose apt uses none. */
export async function findDebianMirror(): Promise<string> {
  // Without release info it lists what is configured, whether or not apt has fetched its lists yet.
  const { stdout } = await execa('apt-get', ['indextargets', '--no-release-info', '--format', '$(REPO_URI)', 'Created-By: Packages'], { reject: false, stdin: 'ignore', timeout: 180_000 })
  const found = (stdout ?? '').split('\n').map(line => line.trim()).find(uri => /^https?:\/\/\S+\/debian\/?$/.test(uri))
  if (found !== undefined) return found
  throw new LabctlError('failed', 'no-debian-mirror', 'This host’s apt is configured for no Debian mirror, so User-Mode Linux cannot be fetched.', { nextStep: 'Add a Debian mirror to the host’s apt sources, or use QEMU machines.' })
}
