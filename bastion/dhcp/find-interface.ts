// Finds what a network interface is like. Node lists only interfaces with a carrier: a bridge without machines, or a cable to a switch that is off, would seem not to be there.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { BastionError } from '../platform/bastion-error.ts'
import { runProgram } from '../platform/run-program.ts'

/** An interface that exists. `up`: set up by the administrator, with or without a carrier. `addresses`: IPv4 and IPv6, as `10.0.0.1/24`. */
export interface NetworkInterface {
  mac: string
  up: boolean
  addresses: readonly string[]
}

const ListSchema = Type.Array(Type.Object({
  address: Type.Optional(Type.String()),
  flags: Type.Optional(Type.Array(Type.String())),
  addr_info: Type.Optional(Type.Array(Type.Object({ local: Type.Optional(Type.String()), prefixlen: Type.Optional(Type.Integer()) }))),
}))

/** The interface of that name; null when there is none (ip-address(8)). */
export async function findInterface(name: string): Promise<NetworkInterface | null> {
  try {
    const { stdout } = await runProgram('/usr/sbin/ip', ['-json', 'address', 'show', 'dev', name], { timeoutMs: 10_000, package: 'iproute2' })
    const [found] = Value.Parse(ListSchema, JSON.parse(stdout))
    if (found === undefined) return null
    return { mac: found.address ?? '', up: found.flags?.includes('UP') ?? false, addresses: (found.addr_info ?? []).map(entry => `${entry.local}/${entry.prefixlen}`) }
  } catch (error) {
    if (error instanceof BastionError && /does not exist/.test(error.message)) return null
    throw error
  }
}
