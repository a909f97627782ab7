import t from 'tap'
import { openTerminal } from '../../../labctl/output/terminal.ts'
import { showProgress } from '../../../labctl/rehearsal/show-progress.ts'

t.test('each step is told once, and so is what the bastion makes of a silence', async t => {
  let shown = ''
  const display = showProgress(openTerminal({ write: text => { shown += text } }, { write: () => undefined }, {}), ['rehearsal-1'])
  t.teardown(() => { display.stop() })
  const steps = [{ name: 'network boot', at: 5000 }, { name: 'discovered', at: null }]
  const verdict = { code: 'leased-no-tftp', because: 'Last seen: “\u001b[31mtold”; nothing else for 60 s.', nextStep: 'Let UDP port 69 through.', since: 6000 }
  for (const silent of [null, verdict, verdict]) display.tell('rehearsal-1', 1000, { steps, doing: 'dhcp', percent: null, verdict: silent })
  t.equal(shown.match(/network boot/g)?.length, 1)
  t.notMatch(shown, /discovered/)
  t.equal(shown.match(/leased-no-tftp +Last seen: .*Let UDP port 69 through\./g)?.length, 1, shown)
  t.notMatch(shown, '\u001b[31m')
})
