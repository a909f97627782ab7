// The two listeners, and on one page what each serves.
import { once } from 'node:events'
import { isIP } from 'node:net'
import fastifyStatic from '@fastify/static'
import fastifySwagger from '@fastify/swagger'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { OperatorStore } from '../access/operator-store.ts'
import { bootPlaneRoutes } from '../boot/boot-plane-routes.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { conversationRoutes } from '../boot/conversation-routes.ts'
import { osRoutes, type OsRoom } from '../install/os-routes.ts'
import type { LogStore } from '../intake/log-store.ts'
import type { ControlPlaneKey } from '../pki/control-plane-key.ts'
import { BastionError, systemCode } from '../platform/bastion-error.ts'
import type { Config } from '../platform/config-schema.ts'
import { answerBadHttp } from './answer-bad-http.ts'
import { authentication } from './authenticate.ts'
import { boundConnections } from './bound-connections.ts'
import { bootFileRoutes } from './boot-file-routes.ts'
import { treeFileRoutes } from './tree-file-routes.ts'
import { eventSocket } from './event-socket.ts'
import { FileServer } from './files/file-server.ts'
import { healthRoutes, healthz, type HealthSituation } from './health.ts'
import { machineRoutes } from './machine-routes.ts'
import { orderRoutes } from './order-routes.ts'
import { planRoutes } from './plan-routes.ts'
import { importRoutes } from './import-routes.ts'
import { resolveRoutes } from './resolve-routes.ts'
import { ruleRoutes } from './rule-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { logRoutes } from './log-routes.ts'
import { metricsRoute } from './metrics.ts'
import { limitBootPlane } from './limit-boot-plane.ts'
import { sendProblem } from './problem.ts'
import { strangerRoutes } from './stranger-routes.ts'
import { reportFetches } from './report-fetches.ts'
import { RequestLimits } from './request-limits.ts'

// Fastify logs no request: a URL may hold a ticket, and what matters stands in timelines.
const quiet = new LogController({ disableRequestLogging: true })

/** A client that has not sent its headers within ten seconds, or is silent for as long between requests, is gone. */
const headers = { headersTimeout: 10_000, connectionsCheckingInterval: 2000 }
/** `request`: for a whole request to arrive, its body too. `silence`: without a byte either way, also while an answer waits to be read. */
const times = (request: number, silence: number) => ({ requestTimeout: request, connectionTimeout: silence, keepAliveTimeout: 10_000 })

/** Of a client of the boot plane that reads nothing of its answer, for example. */
const silenceMs = 60_000

/** Everything that the listeners serve from. */
export interface HttpRoom {
  boot: BootRoom
  os: OsRoom
  operators: OperatorStore
  logs: LogStore
  /** Lines that the log intake took and dropped since the start. */
  logCounts: Readonly<{ taken: number, dropped: number }>
  health: HealthSituation
  key: ControlPlaneKey
  version: string
  /** The folder with the boot programs for UEFI HTTP boot. */
  bootProgramFolder: string
}

/** Opens both planes on their configured addresses, and nothing else; gives a function that closes them. Refuses a taken port with `BST_PORT_TAKEN`. */
export async function openListeners(room: HttpRoom): Promise<() => Promise<void>> {
  const { config } = room.boot
  const limits = new RequestLimits(config.limits, room.boot.clock, room.boot.journal)
  const { app: bootPlane, files } = await bootPlaneApp(room, limits)
  const { app: controlPlane, closeSocket } = await controlPlaneApp(room, limits)
  boundConnections(controlPlane.server, connectionLimits(config))
  await listen(bootPlane, config.bootPlane, 'bootPlane')
  try { await listen(controlPlane, config.controlPlane, 'controlPlane') } catch (error) {
    await bootPlane.close()
    throw error
  }
  return async () => {
    closeSocket()
    await files.stop()
    await Promise.all([bootPlane.close(), controlPlane.close()])
  }
}

const connectionLimits = ({ limits }: Config) => ({ total: limits.connections, perAddress: limits.connectionsPerAddress })

async function bootPlaneApp(room: HttpRoom, limits: RequestLimits): Promise<{ app: FastifyInstance, files: FileServer }> {
  const app = fastify({ loggerInstance: room.boot.journal as FastifyBaseLogger, logController: quiet, forceCloseConnections: true, bodyLimit: 1024, ...times(60_000, silenceMs), http: { ...headers, maxHeaderSize: 8192 }, clientErrorHandler: answerBadHttp(), trustProxy: false, routerOptions: { maxParamLength: 256 } })
  app.setErrorHandler(sendProblem)
  const keepConnection = boundConnections(app.server, connectionLimits(room.boot.config))
  limitBootPlane(app, room.boot, limits)
  const takeFetch = reportFetches(app, room.boot)
  const files = new FileServer({ server: app.server, journal: room.boot.journal, events: room.boot.events, silenceMs, onGive(socket, raw) {
    const [tell, forget] = [takeFetch(raw), keepConnection(socket)]
    return sent => {
      tell(sent)
      forget()
    }
  } })
  healthz(app)
  bootPlaneRoutes(app, room.boot)
  await app.register(fastifyStatic, { root: room.bootProgramFolder, serve: false })
  bootFileRoutes(app, room, files)
  treeFileRoutes(app, room)
  return { app, files }
}

async function controlPlaneApp(room: HttpRoom, limits: RequestLimits): Promise<{ app: FastifyInstance, closeSocket: () => void }> {
  const app = fastify({
    loggerInstance: room.boot.journal as FastifyBaseLogger, logController: quiet, forceCloseConnections: true, bodyLimit: 256 * 1024, ...times(60_000, room.boot.config.boot.pollSeconds * 1000 + 60_000), trustProxy: false,
    ajv: { customOptions: { removeAdditional: false } },
    https: { ...headers, maxHeaderSize: 16_384, handshakeTimeout: 10_000, key: room.key.keyPem, cert: room.key.certificatePem, minVersion: 'TLSv1.2' },
  }) as unknown as FastifyInstance
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request) => { throw new BastionError('BST_NOT_FOUND', `There is no ${request.method} ${request.url.slice(0, 200)} here.`, { nextStep: 'GET /openapi.json lists all routes.' }) })
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: 'labctl bastion', version: room.version }, components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } }, security: [{ operator: [] }] } })
  authentication(app, room.operators, limits)
  healthz(app)
  healthRoutes(app, room.health)
  metricsRoute(app, room.boot.database, room.boot.events, room.logCounts)
  app.get('/openapi.json', { config: { permission: 'open' }, schema: { summary: 'This API' } }, () => app.swagger())
  app.get('/api/version', { config: { permission: 'open' }, schema: { summary: 'Versions' } }, () => ({ version: room.version, node: process.version }))
  machineRoutes(app, room.boot, room.logs)
  strangerRoutes(app, room.boot)
  logRoutes(app, room.boot, room.logs)
  orderRoutes(app, room.boot)
  planRoutes(app, room.boot)
  resolveRoutes(app, room.boot)
  ruleRoutes(app, room.boot)
  importRoutes(app, room.boot)
  settingsRoutes(app, room.boot)
  osRoutes(app, room.os)
  treeFileRoutes(app, room)
  conversationRoutes(app, room.boot)
  await app.ready()
  return { app, closeSocket: eventSocket(app.server, room.boot, room.operators, limits) }
}

async function listen(app: FastifyInstance, at: { address: string, port: number }, key: string): Promise<void> {
  try {
    await app.ready()
    if (isIP(at.address) === 0) throw new BastionError('BST_CONFIG_INVALID', `${key}.address: ${at.address} is not an address.`)
    app.server.listen({ host: at.address, port: at.port, backlog: 1024 })
    await once(app.server, 'listening')
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'EADDRINUSE') throw new BastionError('BST_PORT_TAKEN', `${at.address} port ${at.port} is taken by another program.`, { cause, nextStep: `ss -ltnp 'sport = :${at.port}' shows which; or choose another ${key}.port.` })
    if (code === 'EADDRNOTAVAIL') throw new BastionError('BST_PORT_TAKEN', `${at.address} is not an address of this host.`, { cause, nextStep: `Set ${key}.address to one that ip -brief address shows.` })
    throw cause
  }
}
