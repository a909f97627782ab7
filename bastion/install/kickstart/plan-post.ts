// From a machine's settings to what %post does in a new system of the Fedora and RHEL families: the same that plan-settings.ts decides for Debian.
import { authorityFiles, file, proxyEnvironment, sshFiles, userFiles, userSteps } from '../plan-settings.ts'
import { renderSettingsFiles } from '../render-settings.ts'
import type { PostView } from './kickstart-views.ts'
import type { MachineKickstartQuestion } from './machine-kickstart-question.ts'
import { planConnections } from './plan-connections.ts'
import { systemFiles } from './system-files.ts'

/** The view of the scripts after the installation. */
export function planPost({ storage, settings, order, mac, authorizedKeys, direct }: MachineKickstartQuestion): PostView {
  const { users = [], sshUserCa = [], tlsCa = [], ntp = [], locale, proxy, hook } = settings
  const dnfProxy = proxy?.https ?? proxy?.http ?? ''
  return {
    name: order.name, order: order.id, attempt: order.attempt,
    system: [...systemFiles], hostsPattern: `[[:space:]]${order.name.replaceAll('.', '[.]')}([[:space:]]|$)`, hostKeyComment: `root@${order.name}`,
    authorizedKeys: [...authorizedKeys], groups: storage.plan.groups.map(({ name }) => name),
    kept: storage.plan.volumes.filter(volume => volume.action === 'keep' && volume.mount.startsWith('/')).map(({ mount }) => mount),
    files: [
      ...renderSettingsFiles([
        ...planConnections(settings, mac), ...userFiles(users), ...sshFiles(users, sshUserCa), ...proxyEnvironment(settings, direct),
        ...ntp.length === 0 ? [] : [file('/etc/chrony/sources.d/labctl.sources', 'ntp', { servers: ntp })],
        ...locale === undefined ? [] : [file('/etc/locale.conf', 'locale', { locale })],
      ]),
      ...authorityFiles(tlsCa, '/etc/pki/ca-trust/source/anchors'),
    ],
    users: userSteps(users), sudoers: users.some(({ sudo }) => sudo === true), authorities: tlsCa.length > 0, ntp: ntp.length > 0,
    dnfProxy, dnfProxyLine: `proxy=${dnfProxy}`, locale: locale ?? '',
    hook: { script: hook?.script ?? '', seconds: hook?.timeoutSeconds ?? 600 },
  }
}
