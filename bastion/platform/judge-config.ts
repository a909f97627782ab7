// Decides whether a configuration that has the right form also makes sense, for the operator who wrote it.
import type { Config } from './config-schema.ts'
import { judgeDhcpConfig } from './judge-dhcp-config.ts'
import { judgeLayout } from './judge-layout.ts'
import { judgeRules } from './judge-rules.ts'
import { judgeSettings } from './judge-settings.ts'

/** The mistakes of a configuration that no schema sees; empty when there are none. */
export function judgeConfig(config: Config): string[] {
  return [...judgeDhcpConfig(config), ...judgePlanes(config), ...judgeDiscovery(config), ...Object.entries(config.install.layouts).flatMap(([role, layout]) => judgeLayout(layout).map(mistake => `install.layouts.${role}: ${mistake}`)), ...judgeRole(config), ...judgeTimezone(config), ...judgeSettingsOf(config), ...judgeRules(config)]
}

function judgePlanes({ bootPlane, controlPlane, logIntake }: Config): string[] {
  return [
    ...bootPlane.address === controlPlane.address && bootPlane.port === controlPlane.port ? [`controlPlane.port: ${controlPlane.port} is the boot plane’s too`] : [],
    ...Object.entries({ bootPlane, controlPlane }).flatMap(([name, plane]) => plane.port === logIntake.port && (logIntake.addresses ?? [bootPlane.address]).includes(plane.address) ? [`logIntake.port: ${plane.port} is ${name}.port too`] : []),
  ]
}

function judgeDiscovery({ discovery }: Config): string[] {
  return discovery.by === 'kickstart' && discovery.os === null ? ['discovery.os: discovery.by is kickstart, so the installation tree that discovers is wanted here, as in fedora-43 (labctl os add)'] : []
}

function judgeRole({ install }: Config): string[] {
  return install.layouts[install.role] === undefined ? [`install.role: there is no layout for ${install.role}; there are ${Object.keys(install.layouts).join(', ')}`] : []
}

// Without it the install would end with a clock in UTC and say nothing.
function judgeTimezone({ install }: Config): string[] {
  try {
    Intl.DateTimeFormat('en', { timeZone: install.timezone })
    return []
  } catch {
    return [`install.timezone: there is no time zone ${install.timezone}; wanted is a name such as Europe/Berlin`]
  }
}

function judgeSettingsOf({ install }: Config): string[] {
  return Object.entries(install.settings).flatMap(([role, settings]) => [
    ...role === 'default' || install.layouts[role] !== undefined ? [] : [`install.settings.${role}: there is no layout for the role ${role}; there are ${Object.keys(install.layouts).join(', ')}, and default for all`],
    ...judgeSettings(settings).map(mistake => `install.settings.${role}.${mistake}`),
  ])
}
