import t from 'tap'
import { loginPrompt } from '../../../labctl/rehearsal/console-log.ts'

t.test('a login prompt is one whatever the kernel says behind it, and nothing else is', t => {
  const before = '\r\nDebian GNU/Linux 13 worker-1 ttyS0\r\n\r\n'
  for (const prompt of ['worker-1 login: ', 'worker-1 login: [   84.810728] kvm_amd: Nested Virtualization enabled\r\n[   84.9] more\r\n', 'a.b.example login:']) t.match(before + prompt, loginPrompt)
  for (const other of ['', 'worker-1 log', '[  OK  ] Started getty@tty1.service - Getty on tty1: no login: here\r\n', 'Reached target getty.target - Login Prompts.']) t.notMatch(before + other, loginPrompt)
  t.end()
})
