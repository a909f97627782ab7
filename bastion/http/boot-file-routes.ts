// Files of the boot plane: boot programs, the RAM disk, root images. Only names that a manifest or a list holds; ranges supported, never chunked.
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { bootPrograms } from '../../ipxe/boot-programs.ts'
import type { HttpRoom } from './open-listeners.ts'

const ramdiskFiles = new Set(['vmlinuz', 'ramdisk.img', 'firmware.img'])

/** Adds the boot plane's files. Needs @fastify/static registered for `sendFile`. */
export function bootFileRoutes(app: FastifyInstance, room: HttpRoom): void {
  const programs = new Set<string>(bootPrograms.map(program => program.file))
  app.get<{ Params: { file: string } }>('/ipxe/:file', (request, reply) => send(reply, programs.has(request.params.file), request.params.file, room.bootProgramFolder))
  app.get<{ Params: { file: string } }>('/ramdisk/:file', (request, reply) => {
    const { file } = request.params
    const { ramdisk } = room.boot
    return send(reply, ramdiskFiles.has(file) && ramdisk.state().manifest?.files.some(({ name }) => name === file) === true, file, ramdisk.directory)
  })
  app.get<{ Params: { name: string, file: string } }>('/os/:name/:file', (request, reply) => {
    const { name, file } = request.params
    const source = room.boot.findOs(name)
    return send(reply, source?.state === 'ready' && source.files.some(known => known.name === file), file, join(room.os.directory, name))
  })
}

function send(reply: FastifyReply, known: boolean, file: string, folder: string): FastifyReply {
  if (!known) return reply.code(404).type('text/plain').send(`There is no file ${file} here.\n`)
  return reply.sendFile(file, folder, { cacheControl: false })
}
