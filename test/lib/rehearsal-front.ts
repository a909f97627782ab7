// A front program of a rehearsal for tests that kill it: starts one with a QEMU machine that is on, says `up`, and waits. `rehearsal-front.ts FOLDER`.
import { setInterval } from 'node:timers'
import { Machine } from '../../labctl/rehearsal/machine.ts'
import { planMachine } from '../../labctl/rehearsal/plan-machine.ts'
import { startKeeper, stopKeeper } from '../../labctl/rehearsal/start-keeper.ts'
import { stateFolder } from '../../labctl/rehearsal/state-folder.ts'

const folder = stateFolder(process.argv[2]!)
const keeper = await startKeeper(folder, true)
const machine = new Machine(planMachine({ memoryMib: 256 }, { index: 1, machines: folder.machines, uuid: '5b3d3a60-7d2b-4f0e-9d52-0d5f0d1f5a01', accelerator: 'tcg' }), folder.machines, keeper)
machine.make()
await machine.powerOn()
process.once('SIGTERM', () => { void stopKeeper(folder).then(() => { process.exit(0) }) })
setInterval(() => undefined, 60_000)
process.stdout.write('up\n')
