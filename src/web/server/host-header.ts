import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a Host header may consist of, as in Go's httpguts.ValidHostHeader. */
const validHost = /^[A-Za-z0-9!$%&()*+,\-.:;='[\]_~]*$/

/**
 * Answers an HTTP/1 request whose Host header net/http of Go refuses, in its words: which of several is
 * meant could be read otherwise by a proxy. That there is none node refuses itself.
 * @returns whether it was refused
 */
export function refuseHost(request: IncomingMessage, response: ServerResponse): boolean {
  const reason = request.httpVersionMajor < 2 ? faultOf(request) : undefined
  if (reason === undefined) return false
  const body = `400 Bad Request: ${reason}`
  response.writeHead(400, body.slice('400 '.length), {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    Connection: 'close',
  })
  response.end(body)
  return true
}

function faultOf({ rawHeaders, headers: { host } }: IncomingMessage): string | undefined {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  if (count > 1) return 'too many Host headers'
  return validHost.test(host ?? '') ? undefined : 'malformed Host header'
}
