import { httpClientConfig, parseGoUrl } from '../../http/index.js'
import { duration, field, inline, struct, text } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { addressOr, minute, seconds, urlFault } from './fields.js'
import { unbuilt } from './unbuilt.js'

const section = struct(
  'xds.plain',
  {
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 15 * seconds),
    fetch_timeout: field(duration, 2 * minute),
    server: addressOr(''),
    client_id: field(text),
  },
  (value, at) => {
    const { server } = value
    if (server === '') {
      at.failKey('server', 'kuma SD server must not be empty: ')
      return
    }
    const fault = urlFault(server)
    if (fault !== undefined) at.failKey('server', fault)
    else if (parseGoUrl(server).scheme === '' || parseGoUrl(server).host === '') {
      at.failKey('server', `kuma SD server must not be empty and have a scheme: ${server}`)
    }
  },
)

export const kuma: Mechanism = unbuilt('kuma', section)
