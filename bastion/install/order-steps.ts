import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { OsSource } from '../../protocol/os-sources.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { Config } from '../platform/config-schema.ts'
import { planSteps } from './plan-steps.ts'
import { renderSettings } from './render-settings.ts'
import { renderSteps } from './render-steps.ts'

/** Whose steps, with which image. `bootUrl`: of the boot plane. `settings`: what {@link decideSettings} gives. */
export interface OrderSteps { config: Config, bootUrl: string, image: OsSource, order: { id: string, attempt: number, os: string, name: string }, mac: string, storage: StoragePlan, settings: MachineSettings }

/** The image of an operating system with the file to be streamed. Refuses (`BST_IMAGE_MISSING`) when it is not there. */
export function streamedImage(os: OsSource | null, name: string, stream: string) {
  const tar = os?.files.find(file => file.name === 'image.tar')
  const streamed = os?.files.find(file => file.name === `image.${stream}`)
  if (os === null || os.kernel === null || tar === undefined || streamed === undefined) throw new BastionError('BST_IMAGE_MISSING', `The image of ${name} is not there any more.`, { nextStep: `labctl os add ${name}` })
  return { tarBytes: tar.sizeBytes, storeBytes: streamed.sizeBytes + (streamed === tar ? 0 : tar.sizeBytes), streamed, kernel: os.kernel }
}

/** The script that carries a storage plan out. Refuses (`BST_IMAGE_MISSING`) an image that is not whole. */
export function orderSteps({ config, bootUrl, image, order, mac, storage, settings }: OrderSteps): string {
  const { tarBytes, streamed, kernel } = streamedImage(image, order.os, config.os.stream)
  return renderSteps(planSteps({
    plan: storage, machine: { name: order.name, mac }, order: { id: order.id, attempt: order.attempt, os: order.os },
    image: { url: `${bootUrl}/os/${order.os}/${streamed.name}`, sha256: streamed.sha256, sizeBytes: streamed.sizeBytes, tarBytes, compressed: config.os.stream !== 'tar', kernel },
    settings: { authorizedKeys: config.install.authorizedKeys, timezone: settings.timezone ?? config.install.timezone, consoles: settings.consoles ?? config.ramdisk.console, kernelArguments: settings.kernelArguments ?? config.ramdisk.arguments, bootOrder: config.install.bootOrder },
    day: renderSettings(settings, { mac, direct: [...new Set([config.controlPlane.address, config.bootPlane.address])] }),
  }))
}

/** An image that stands for one that is not known here, so that the steps can be shown: `stream` as configured. Nothing of it exists. */
export function placeholderImage(name: string, stream: string): OsSource {
  const file = (file: string) => ({ name: file, sizeBytes: 1, sha256: '0'.repeat(64) })
  return { name, kind: 'image', url: null, release: null, state: 'ready', step: null, percent: null, because: null, kernel: '0.0.0-placeholder', builtAt: null, files: [file('image.tar'), ...stream === 'tar' ? [] : [file(`image.${stream}`)]] }
}

/** A face with a line that says which parts of it are made up. */
export function markPlaceholder(text: string, name: string, what: string, madeUp: string): string {
  const [first = '', ...rest] = text.split('\n')
  return [first, `# PLACEHOLDERS: no ${what} of ${name} is known here. ${madeUp} made up, and so are the machine's name, MAC and order.`, ...rest].join('\n')
}
