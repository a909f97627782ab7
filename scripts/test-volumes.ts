// npm run test:volumes: sets up what the volume lab needs, and runs it: `-- --only PATTERN` for some scenarios,
// `-- --images DIR --order … --layout FILE [--record FILE]` for disk images of others.
import { prepareUml } from '../labctl/rehearsal/uml/prepare-uml.ts'
import { runVolumes } from '../test/volumes/main.ts'
import { builtRamdisk } from '../test/lib/cache.ts'
import { installSystemPackages } from './system-packages.ts'

installSystemPackages()
await builtRamdisk()
await prepareUml(process.env, text => { console.log(text) })
process.exit(await runVolumes(process.argv.slice(2)))
