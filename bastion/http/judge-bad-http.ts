// Decides what the boot plane answers to bytes that node's parser refuses: firmware must get a script of its own language even then.

/** `script`: a script with `because` goes out with status 200; else `because` as plain text. */
export interface BadHttpAnswer { status: number, reason: string, script: boolean, because: string }

/** What firmware asks for; whatever stands behind it may be why the rest could not be read. */
const asksForScript = /^(?:GET|HEAD) \/(?:dispatch|boot\.ipxe)/
const beginsRequest = /^[A-Z]{3,20} /

/** The answer. `code`: node's name of the error. `packet`: the bytes in which it was found, which need not be the first of their request. */
export function judgeBadHttp(code: string | null, packet: string): BadHttpAnswer {
  const forScript = asksForScript.test(packet)
  if (code === 'HPE_HEADER_OVERFLOW') {
    const because = 'The request is longer than 8 KiB: most probably a name or serial number in the firmware is far too long.'
    // Nobody but a machine's firmware sends so much here; its first bytes may have come in a packet before.
    return forScript || !beginsRequest.test(packet) ? { status: 200, reason: 'OK', script: true, because } : { status: 431, reason: 'Request Header Fields Too Large', script: false, because: 'The request is longer than 8 KiB.' }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, reason: 'Request Timeout', script: false, because: 'The request did not come to its end in time.' }
  if (forScript) return { status: 200, reason: 'OK', script: true, because: 'The request is not valid HTTP: most probably a name or serial number in the firmware holds bytes that do not belong there.' }
  return { status: 400, reason: 'Bad Request', script: false, because: 'This is not valid HTTP/1.1.' }
}
