import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { BastionPlaces } from '../standalone/standalone-config.ts'
import type { PortFact } from './host-facts.ts'

/** Whether the places where a bastion listens are free: both planes, and DHCP, the proxy’s port and TFTP where they are on. Without a configuration, the defaults. */
export async function probePorts(places: BastionPlaces | null): Promise<PortFact[]> {
  const boot = places?.boot ?? { address: '127.0.0.1', port: 8080 }
  const control = places?.control ?? { address: '127.0.0.1', port: 8443 }
  const probes = [
    probeTcp('boot plane', boot.address, boot.port), probeTcp('control plane', control.address, control.port),
    ...places === null || places.dhcp === 'off' ? [] : [probeUdp('DHCP', boot.address, 67)],
    ...places?.dhcp === 'proxy' ? [probeUdp('proxyDHCP', boot.address, 4011)] : [],
    ...places === null || places.interface === null ? [] : [probeUdp('TFTP', boot.address, 69)],
  ]
  return Promise.all(probes)
}

const states: Record<string, PortFact['state']> = { EADDRINUSE: 'taken', EADDRNOTAVAIL: 'not-ours', EACCES: 'forbidden' }

function probeTcp(name: string, address: string, port: number): Promise<PortFact> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => { resolve({ name, address, port, state: states[(error as NodeJS.ErrnoException).code ?? ''] ?? 'taken' }) })
    server.listen({ host: address, port, exclusive: true }, () => { server.close(() => { resolve({ name, address, port, state: 'free' }) }) })
  })
}

function probeUdp(name: string, address: string, port: number): Promise<PortFact> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    socket.once('error', error => { socket.close(); resolve({ name, address, port, state: states[(error as NodeJS.ErrnoException).code ?? ''] ?? 'taken' }) })
    socket.bind({ address, port, exclusive: true }, () => { socket.close(() => { resolve({ name, address, port, state: 'free' }) }) })
  })
}
