// Machines that fetch the root image again and again, until the process is ended; what comes is thrown away.
import { connect } from 'node:net'
import { addressOf } from '../load/population.ts'

const [port = 0, machines = 0] = process.argv.slice(2).map(Number)
const buffer = Buffer.alloc(256 * 1024)
const mostMachines = 100_000

function fetchImage(number: number): void {
  const socket = connect({ host: '127.0.0.1', port, localAddress: addressOf(mostMachines + number), onread: { buffer, callback: () => true } })
  socket.on('error', error => { console.error(`download: ${error.message}`) })
  socket.on('close', () => { setTimeout(fetchImage, 10, number) })
  socket.write('GET /os/debian-13/image.tar HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n')
}
for (let number = 0; number < machines; number += 1) fetchImage(number)
