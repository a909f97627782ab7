import { execa } from 'execa'

/** Tells systemd what sd_notify(3) would, where it listens (`NOTIFY_SOCKET`). Through the program systemd-notify, since Node has no AF_UNIX datagram socket; the unit needs `NotifyAccess=all`. A failure changes nothing. */
export async function notifySystemd(state: 'READY=1' | 'STOPPING=1'): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return
  await execa('systemd-notify', [state], { reject: false, timeout: 5000 })
}
