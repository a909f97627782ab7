// Stands in for efibootmgr(8) with the options that the steps use; see fake-firmware.ts.
import { parseArgs } from 'node:util'
import { FakeFirmware } from './fake-firmware.ts'

const { values } = parseArgs({
  options: {
    quiet: { type: 'boolean', short: 'q' }, bootnum: { type: 'string', short: 'b' }, 'delete-bootnum': { type: 'boolean', short: 'B' }, 'create-only': { type: 'boolean', short: 'C' },
    disk: { type: 'string', short: 'd' }, part: { type: 'string', short: 'p' }, label: { type: 'string', short: 'L' }, loader: { type: 'string', short: 'l' }, bootorder: { type: 'string', short: 'o' },
  },
})
const firmware = new FakeFirmware(process.env['FAKE_VARIABLES']!)
const refuse = (what: string): void => {
  if (!(process.env['FAKE_REFUSES'] ?? '').split(',').includes(what)) return
  process.stderr.write('Could not prepare Boot variable: No space left on device\n')
  process.exit(5)
}
if (values['delete-bootnum'] === true) { refuse('delete'); firmware.remove(values.bootnum!) }
else if (values['create-only'] === true) {
  refuse('create')
  firmware.put({ number: firmware.free, label: values.label!, from: { partUuid: process.env['FAKE_ESP']!, partition: Number(values.part), loader: values.loader! } })
} else if (values.bootorder !== undefined) {
  refuse('order')
  // A firmware that keeps its own order takes the write, and does nothing.
  if (!(process.env['FAKE_REFUSES'] ?? '').includes('ignore')) firmware.order = values.bootorder.split(',')
} else process.exit(1)
