// What is compared with: a Fastify route that reads the query and answers the bytes that it was given, and does nothing else.
import fastify from 'fastify'

const [port = '', scripts = ''] = process.argv.slice(2)
const byKind = JSON.parse(scripts) as Record<string, string>
const kinds: Record<string, string> = { 1: 'known', 2: 'armed', 3: 'unknown' }
const app = fastify()
app.get<{ Querystring: { mac: string } }>('/dispatch', (request, reply) => reply.type('text/plain; charset=utf-8').send(byKind[kinds[request.query.mac[7]!]!]))
await app.listen({ host: '127.0.0.1', port: Number(port) })
console.log('ready')
