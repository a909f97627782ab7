// Who asks: machines by kind and number, the same for the database that is filled beforehand and for the load.

/** `known`: installed, no order: goes on with its local disk. `armed`: an install order waits for it. `unknown`: never seen. */
export type Kind = 'known' | 'armed' | 'unknown'

const prefixes: Record<Kind, string> = { known: '52:54:01', armed: '52:54:02', unknown: '52:54:03' }
/** What the right answer for each kind says. */
export const marks: Record<Kind, string> = { known: 'is installed', armed: 'attempt 1', unknown: 'Never seen' }
/** Servers have several; each is a step of its own on the timeline. */
export const nicsPerMachine = 3

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

export const macOf = (kind: Kind, number: number, nic = 0): string => {
  const low = number * nicsPerMachine + nic
  return `${prefixes[kind]}:${hex((low >> 16) & 255, 2)}:${hex((low >> 8) & 255, 2)}:${hex(low & 255, 2)}`
}
export const uuidOf = (kind: Kind, number: number): string => `5e9b7a10-000${prefixes[kind].at(-1)}-4000-8000-${hex(number, 12)}`
export const serialOf = (kind: Kind, number: number): string => `SN-${kind}-${number}`
/** A loopback address of a machine's own. */
export const addressOf = (number: number): string => `127.${1 + (Math.floor(number / 62_500) % 250)}.${1 + (Math.floor(number / 250) % 250)}.${1 + (number % 250)}`

/** What iPXE asks for such a machine. */
export function pathOf(kind: Kind, number: number, nic: number): string {
  return `/dispatch?mac=${macOf(kind, number, nic)}&uuid=${uuidOf(kind, number)}&serial=${serialOf(kind, number)}&asset=&manufacturer=Bench%20Systems&product=Model%201&buildarch=x86_64&platform=pcbios`
}
