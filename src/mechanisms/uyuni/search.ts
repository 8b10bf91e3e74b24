import { redactUrl } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { labelsFrom } from '../kit/labels.js'
import type { FindGroups } from '../kit/polled.js'
import { minute } from '../kit/section.js'
import * as json from '../kit/shape.js'
import { apiUrl, type UyuniConfig } from './index.js'
import { type Argument, callForList, callForText } from './xml-rpc.js'

/** For so long a token is asked for; milliseconds. It is renewed at half of that. */
const tokenMs = 10 * minute

const system = json.object({
  id: json.id,
  system_groups: json.list(json.object({ name: json.text })),
})
const endpoint = json.object({
  system_id: json.id,
  endpoint_name: json.text,
  port: json.id,
  path: json.text,
  module: json.text,
  exporter_name: json.text,
  tls_enabled: json.bool,
})
const network = json.object({ system_id: json.id, hostname: json.text, primary_fqdn: json.text })

/** An exporter, and the system that it runs on. */
interface Endpoint {
  readonly endpoint: json.Read<typeof endpoint>
  readonly groups: string
  readonly hostname: string
  readonly primary_fqdn: string
}

const labels = labelsFrom<Endpoint>('__meta_uyuni_', {
  minion_hostname: (e) => e.hostname,
  primary_fqdn: (e) => e.primary_fqdn,
  system_id: (e) => e.endpoint.system_id,
  groups: (e) => e.groups,
  endpoint_name: (e) => e.endpoint.endpoint_name,
  exporter: (e) => e.endpoint.exporter_name,
  proxy_module: (e) => e.endpoint.module,
  metrics_path: (e) => e.endpoint.path,
  scheme: (e) => (e.endpoint.tls_enabled ? 'https' : 'http'),
})

/** A session that the server has opened. */
interface Session {
  readonly token: string
  /** When it was opened, on the clock of the API; milliseconds. */
  readonly since: number
}

/**
 * Finds the exporters of all systems with the entitlement. A token is kept from poll to poll; a poll that
 * fails leaves none, since the server may have dropped it.
 */
export function groups(config: UyuniConfig): FindGroups {
  const source = redactUrl(apiUrl(config))
  let session: Session | undefined
  return async (api) => {
    const now = api.now()
    const kept = session
    session = undefined
    const age = kept === undefined ? Infinity : now - kept.since
    const current =
      kept !== undefined && age >= 0 && age <= tokenMs / 2
        ? kept
        : { token: await login(api, config), since: now }
    const targets = await targetsOf(api, config, current.token)
    session = current
    return [{ source, labels: {}, targets }]
  }
}

function login(api: Api, { username, password }: UyuniConfig): Promise<string> {
  const secret = password.reveal()
  const parameters = [username, secret, { int: tokenMs / 1000 }]
  return callForText(api, { method: 'auth.login', parameters, secrets: [secret] })
}

async function targetsOf(
  api: Api,
  { entitlement, separator }: UyuniConfig,
  token: string,
): Promise<readonly Labels[]> {
  const ask = <T>(method: string, of: Argument, item: json.Shape<T>): Promise<readonly T[]> =>
    callForList(api, { method, parameters: [token, of], secrets: [token] }, item)

  const groupsOf = new Map<string, string>()
  const all = await ask('system.listSystemGroupsForSystemsWithEntitlement', entitlement, system)
  for (const { id, system_groups } of all) {
    groupsOf.set(id, system_groups.map(({ name }) => name).join(separator))
  }
  if (groupsOf.size === 0) return []
  const ids = { ints: [...groupsOf.keys()] }
  const found = await ask('system.monitoring.listEndpoints', ids, endpoint)
  const namesOf = new Map(
    (await ask('system.getNetworkForSystems', ids, network)).map((one) => [one.system_id, one]),
  )
  const targets: Labels[] = []
  for (const one of found) {
    const { hostname = '', primary_fqdn = '' } = namesOf.get(one.system_id) ?? {}
    const groups = groupsOf.get(one.system_id) ?? ''
    targets.push({
      __address__: `${hostname}:${one.port}`,
      ...labels({ endpoint: one, groups, hostname, primary_fqdn }),
    })
    if (api.turns.isOver) {
      await api.turns.next()
      api.signal.throwIfAborted()
    }
  }
  return targets
}
