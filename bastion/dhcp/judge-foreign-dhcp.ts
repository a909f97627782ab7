// Decides whether the bastion may answer machines on an interface where others answer too, for the operator who starts it.
import type { Refusal } from '../../protocol/refusal.ts'
import type { ForeignServer } from './find-foreign-dhcp.ts'

/** `say`: how the network is, for the log and the health page. `warn`: something there wants an operator. `alone`: nobody leases addresses. */
export type ForeignJudgement = { kind: 'go', say: string, warn: boolean, alone: boolean } | { kind: 'refusal', refusal: Refusal }

/** In server mode anybody else is a refusal, unless allowed. In proxy mode another DHCP server is what is wanted, and a second boot server is said. */
export function judgeForeignDhcp(mode: 'server' | 'proxy', interfaceName: string, servers: readonly ForeignServer[], allowed: boolean): ForeignJudgement {
  return mode === 'server' ? judgeBesideServer(interfaceName, servers, allowed) : judgeBesideProxy(interfaceName, servers)
}

function judgeBesideServer(interfaceName: string, servers: readonly ForeignServer[], allowed: boolean): ForeignJudgement {
  if (servers.length === 0) return { kind: 'go', say: `Nobody else answers DHCP on ${interfaceName}.`, warn: false, alone: true }
  const leases = servers.some(server => server.offered !== null)
  const what = `Another ${leases ? 'DHCP server' : 'boot server'} answers on ${interfaceName}: ${nameAll(servers)}.`
  if (allowed) return { kind: 'go', say: `${what} Started all the same, as dhcp.allowForeignServer says.`, warn: true, alone: false }
  return { kind: 'refusal', refusal: {
    code: 'foreign-dhcp', because: `${what} The bastion did not start its own.`,
    nextStep: `Switch that server off on this network, choose another dhcp.interface, set dhcp.mode: proxy to work beside it, or set dhcp.allowForeignServer: true in bastion.yaml if both really belong there.`,
  } }
}

function judgeBesideProxy(interfaceName: string, servers: readonly ForeignServer[]): ForeignJudgement {
  const leasing = servers.filter(server => server.offered !== null)
  const booting = servers.filter(server => server.boots !== null)
  const leases = leasing.length === 0 ? `No DHCP server answers on ${interfaceName}: machines get no address until one does (one that serves only machines it knows is not seen).` : `Addresses on ${interfaceName} come from ${nameAll(leasing)}.`
  const boots = booting.length === 0 ? '' : ` Somebody else tells machines what to boot: ${nameAll(booting)}. Either answer may win; take the boot options out of that server, or stop the other bastion.`
  const two = leasing.length < 2 ? '' : ' Two DHCP servers on one network: one of them does not belong there.'
  return { kind: 'go', say: `${leases}${two}${boots}`, warn: leasing.length !== 1 || booting.length > 0, alone: leasing.length === 0 }
}

function nameAll(servers: readonly ForeignServer[]): string {
  return servers.map(({ server, mac, offered, boots }) => {
    const says = [offered === null ? 'leases nothing' : `offered ${offered}`, boots === null ? '' : boots === '' ? 'has boot options (port 4011)' : `boots ${JSON.stringify(boots.slice(0, 120))}`]
    return `${server} (MAC ${mac}, ${says.filter(part => part !== '').join(', ')})`
  }).join(' and ')
}
