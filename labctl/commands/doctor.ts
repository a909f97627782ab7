import { Command, Option } from 'commander'
import { recipeNames, type RecipeName } from '../doctor/dhcp-recipes/render-recipe.ts'
import { gatherHostFacts } from '../doctor/gather-host-facts.ts'
import { judgeHost, judgeMissing, judgePackages, purposes, type Finding, type Purpose } from '../doctor/judge-host.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderTable } from '../output/render-table.ts'
import type { Tone } from '../output/render-spans.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { showRecipes } from './doctor-recipe.ts'

const tones: Record<Finding['status'], Tone> = { ok: 'good', missing: 'bad', warning: 'warning', note: 'faint' }

/** `labctl doctor`: what is missing on this host, and the command that mends it. */
export function doctorCommand(session: Session): Command {
  const purpose = new Option('--for <purpose>', 'judge only what this needs').choices([...purposes, 'all']).default('all')
  const recipe = new Option('--dhcp-recipe [server]', 'print what to give to somebody else’s DHCP server instead; all recipes when none is named').choices(recipeNames)
  return withFormat(new Command('doctor').description('say what is missing on this host and what mends it; exit code 1 when something needed is').addOption(purpose).addOption(recipe).option('--boot-plane <address:port>', 'the bastion that the recipe is for (that of this host’s bastion.yaml)'))
    .action(async (options: FormatOptions & { for: Purpose | 'all', dhcpRecipe?: RecipeName | true, bootPlane?: string }) => {
      if (options.dhcpRecipe !== undefined) return showRecipes(session, options.output, options.dhcpRecipe, options.bootPlane)
      const wanted = options.for === 'all' ? purposes : [options.for]
      const findings = judgeHost(await gatherHostFacts(session)).filter(finding => options.for === 'all' || finding.neededFor.includes(options.for) || finding.neededFor.length === 0)
      const missing = judgeMissing(findings, wanted)
      const packages = judgePackages(missing)
      answer(session, options.output, { findings, missing: missing.length, install: packages }, () => {
        session.terminal.print(renderTable(['', 'WHAT', 'FOR', 'DETAIL', 'FIX'], findings.map(finding => [
          { text: finding.status, tone: tones[finding.status] }, finding.what, { text: finding.neededFor.join(', ') || '-', tone: 'faint' }, finding.detail, finding.fix ?? '',
        ]), session.terminal.color))
        if (packages !== null) session.terminal.line(['All packages at once: ', { text: packages, tone: 'strong' }])
        if (missing.length === 0) session.terminal.line({ text: 'Nothing that is needed is missing.', tone: 'good' })
      })
      if (missing.length > 0) {
        const counts = wanted.map(one => [one, judgeMissing(findings, [one]).length] as const).filter(([, count]) => count > 0).map(([one, count]) => `${count} for ${one === 'build' ? 'building' : one === 'bastion' ? 'a bastion' : 'a rehearsal'}`)
        throw new LabctlError('failed', 'host-incomplete', `Missing on this host: ${counts.join(', ')}.`, { nextStep: 'The column FIX has the command for each.' })
      }
    })
}
