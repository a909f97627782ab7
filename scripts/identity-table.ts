import { situations, type Situation } from '../test/bastion/machines/identity-table.ts'

const identities: Record<Situation['is'], string> = { known: 'that machine', unknown: 'a machine never seen', limbo: '**limbo**' }
const boots: Record<Situation['gets'], string> = {
  install: 'the RAM disk, with a ticket to install', rescue: 'the RAM disk, with a ticket for a rescue', discover: 'the RAM disk, with a discovery ticket',
  'refused, asked again': 'a refusal on its screen, and may ask again in a minute', 'refused, local disk': 'a refusal on its screen, then its local disk',
}
const reports: Record<NonNullable<Situation['report']>, string> = {
  new: 'recorded as a machine of its own', same: 'agrees; the record is renewed', plan: 'agrees; the order is consumed, and the plan is given', beside: 'kept beside the record, which stays', refused: 'refused; nothing is given',
}

/** The situations of a machine's identity and what comes of each, as a table in Markdown. */
export function identityTable(): string {
  return `| what reports now | it is taken for | it gets | its report is | alarms |
|---|---|---|---|---|
${situations.map(({ title, is, gets, report, alarms }) => `| ${title} | ${identities[is]} | ${boots[gets]} | ${report === undefined ? '' : reports[report]} | ${alarms === 0 ? '' : alarms === 1 ? 'on the machine' : `on ${alarms} machines`} |`).join('\n')}
`
}
