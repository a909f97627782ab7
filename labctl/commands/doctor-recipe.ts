// `labctl doctor --dhcp-recipe`: what somebody else's DHCP server has to be told.
import { isIPv4 } from 'node:net'
import { findConfig } from '../doctor/find-config.ts'
import { planRecipe } from '../doctor/dhcp-recipes/plan-recipe.ts'
import { recipeNames, renderRecipe, type RecipeName } from '../doctor/dhcp-recipes/render-recipe.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { readPlaces, type BastionPlaces } from '../standalone/standalone-config.ts'
import { answer, type AnswerFormat } from './answer-format.ts'

/** Prints one recipe as it is, or all of them under headings, for the boot plane given (`ADDRESS:PORT`) or that of this host's bastion.yaml. Refuses an address that no machine reaches. */
export function showRecipes(session: Session, format: AnswerFormat, wanted: RecipeName | true, given: string | undefined): void {
  const config = given === undefined ? findConfig(session) : null
  const places = config === null ? null : readPlaces(config)
  const { address, port } = given === undefined ? fromPlaces(places) : parsePlace(given)
  const recipe = planRecipe(address, port)
  const names = wanted === true ? recipeNames : [wanted]
  const recipes = Object.fromEntries(names.map(name => [name, renderRecipe(name, recipe)]))
  answer(session, format, { address, port, recipes }, () => {
    for (const name of names) {
      if (wanted === true) session.terminal.line({ text: `=== ${name} ===`, tone: 'strong' })
      session.terminal.print(`${recipes[name]}${wanted === true ? '\n' : ''}`)
    }
  })
  for (const remark of remarks(places, address)) session.terminal.note(remark)
}

function fromPlaces(places: BastionPlaces | null): { address: string, port: number } {
  if (places === null) throw new LabctlError('not-found', 'config-missing', 'No bastion.yaml that can be read was found on this host, so the bastion’s address is not known.', { nextStep: 'labctl doctor --dhcp-recipe --boot-plane ADDRESS:PORT' })
  return parsePlace(`${places.boot.address}:${places.boot.port}`)
}

function parsePlace(text: string): { address: string, port: number } {
  const [, address = '', digits = ''] = /^([^:]*):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!isIPv4(address) || port < 1 || port > 65_535) throw new LabctlError('usage', 'boot-plane-invalid', `${JSON.stringify(text)} is no address of a boot plane: wanted is an IPv4 address and a port.`, { nextStep: 'labctl doctor --dhcp-recipe --boot-plane 10.0.0.5:8080' })
  if (address.startsWith('127.') || address === '0.0.0.0') throw new LabctlError('usage', 'boot-plane-unreachable', `No machine can reach the boot plane at ${address}.`, { nextStep: 'Set bootPlane.address in bastion.yaml to this host’s address in the machines’ network, or name it: --boot-plane ADDRESS:PORT' })
  return { address, port }
}

function remarks(places: BastionPlaces | null, address: string): string[] {
  if (places === null) return ['On the bastion: dhcp.mode: off, and dhcp.interface, so that it serves the boot programs over TFTP.']
  if (places.dhcp === 'server') return ['This bastion leases addresses itself (dhcp.mode: server). Set dhcp.mode: off before another server gives these lines to the same machines.']
  if (places.dhcp === 'proxy') return ['This bastion tells machines what to boot by itself (dhcp.mode: proxy); no other server needs these lines.']
  return places.interface === null ? [`This bastion serves no TFTP yet, so only HTTP boot would work: set dhcp.interface to the interface with ${address} in bastion.yaml.`] : []
}
