// Files of the boot plane: boot programs, the RAM disk, root images. Only names that a manifest or a list holds; ranges supported, never chunked.
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { bootPrograms } from '../../ipxe/boot-programs.ts'
import type { FileServer } from './files/file-server.ts'
import type { HttpRoom } from './open-listeners.ts'

const ramdiskFiles = new Set(['vmlinuz', 'ramdisk.img', 'firmware.img'])

/** Adds the boot plane's files. Needs @fastify/static registered for `sendFile`: boot programs are small. */
export function bootFileRoutes(app: FastifyInstance, room: HttpRoom, files: Pick<FileServer, 'send'>): void {
  const programs = new Set<string>(bootPrograms.map(program => program.file))
  app.get<{ Params: { file: string } }>('/ipxe/:file', (request, reply) => programs.has(request.params.file) ? reply.sendFile(request.params.file, room.bootProgramFolder, { cacheControl: false }) : unknown(reply, request.params.file))
  app.route<{ Params: { file: string } }>({ method: ['GET', 'HEAD'], url: '/ramdisk/:file', handler: (request, reply) => {
    const { file } = request.params
    const { ramdisk } = room.boot
    return send(request, reply, ramdiskFiles.has(file) && ramdisk.state().manifest?.files.some(({ name }) => name === file) === true, file, ramdisk.directory)
  } })
  app.route<{ Params: { name: string, file: string } }>({ method: ['GET', 'HEAD'], url: '/os/:name/:file', handler: (request, reply) => {
    const { name, file } = request.params
    const source = room.boot.findOs(name)
    return send(request, reply, source?.kind === 'image' && source.state === 'ready' && source.files.some(known => known.name === file), file, join(room.os.directory, name))
  } })

  const send = (request: FastifyRequest, reply: FastifyReply, known: boolean, file: string, folder: string) => known ? files.send(request, reply, join(folder, file)) : unknown(reply, file)
}

function unknown(reply: FastifyReply, file: string): FastifyReply {
  return reply.code(404).type('text/plain').send(`There is no file ${file} here.\n`)
}
