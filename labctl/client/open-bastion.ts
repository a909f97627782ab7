import { readSettings } from '../config/settings-file.ts'
import { parsePins, type SourcedSettings } from '../config/settings.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { BastionClient } from './bastion-client.ts'
import type { Address } from './connect-pinned.ts'

/** The bastion of the settings. Refuses (`usage`) when url, pin or token is not set. */
export function openBastion(session: Session): BastionClient {
  return new BastionClient(addressOf(readSettings(session)), session.signal)
}

/** Whether the settings say where a bastion is. */
export function isConfigured(session: Session): boolean {
  const { settings } = readSettings(session)
  return settings.url !== null && settings.pin !== null && settings.token !== null
}

/** Where the settings point. Refuses (`usage`) when one that is needed is not set: without a pin nothing would tell the bastion from anybody else. */
export function addressOf({ settings, path }: SourcedSettings): Address {
  const missing = (['url', 'pin', 'token'] as const).filter(key => settings[key] === null)
  if (missing.length > 0 || settings.url === null || settings.pin === null) {
    throw new LabctlError('usage', 'not-configured', `labctl does not know its bastion yet: ${missing.join(', ')} not set in ${path} or as LABCTL_*.`, {
      nextStep: 'On the bastion’s host run labctl-bastion operator-token --config FILE, then here labctl config set url, pin and token; or start one here: labctl init bastion standalone start.',
    })
  }
  return { url: new URL(settings.url), pins: parsePins(settings.pin) ?? [], token: settings.token, socket: settings.socket }
}
