import { joinHostPort } from '../go/host-port.js'
import { httpClientConfig } from '../http/index.js'
import type { Labels } from '../labels/index.js'
import { inline, struct, type StructValue } from '../yaml/index.js'
import { type Api, withQuery } from './kit/api.js'
import { labelsFrom, tagList } from './kit/labels.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { polled } from './kit/polled.js'
import { refusalFrom } from './kit/refusal.js'
import { pollKeys } from './kit/section.js'
import * as json from './kit/shape.js'

const keys = { http: inline(httpClientConfig), ...pollKeys }
type Config = StructValue<typeof keys>

const section = struct('vultr.plain', keys)

/** `vultr_sd_configs`: instances of Vultr. */
export const vultr: MechanismFactory = polled<Config>({
  name: 'vultr',
  section,
  baseUrl: 'https://api.vultr.com/v2',
  source: () => 'Vultr',
  refusal: () => refusalFrom(json.object({ error: json.text }), ({ error }) => error),
  targets: instances,
})

const instance = json.object({
  id: json.text,
  label: json.text,
  os: json.text,
  os_id: json.int,
  region: json.text,
  plan: json.text,
  main_ip: json.text,
  v6_main_ip: json.text,
  internal_ip: json.text,
  features: json.list(json.text),
  tags: json.list(json.text),
  hostname: json.text,
  server_status: json.text,
  vcpu_count: json.int,
  ram: json.int,
  allowed_bandwidth: json.int,
  disk: json.int,
})

const labels = labelsFrom<json.Read<typeof instance>>('__meta_vultr_instance_', {
  id: (i) => i.id,
  label: (i) => i.label,
  os: (i) => i.os,
  os_id: (i) => i.os_id,
  region: (i) => i.region,
  plan: (i) => i.plan,
  main_ip: (i) => i.main_ip,
  main_ipv6: (i) => i.v6_main_ip,
  internal_ip: (i) => i.internal_ip,
  features: (i) => tagList(i.features),
  tags: (i) => tagList(i.tags),
  hostname: (i) => i.hostname,
  server_status: (i) => i.server_status,
  vcpu_count: (i) => i.vcpu_count,
  ram_mb: (i) => i.ram,
  allowed_bandwidth_gb: (i) => i.allowed_bandwidth,
  disk_gb: (i) => i.disk,
})

const page = json.object({
  instances: json.list(instance),
  meta: json.object({ links: json.object({ next: json.text }) }),
})

function pathOf(cursor?: string): string {
  return withQuery('/instances', { cursor, per_page: 100 })
}

async function* instances(api: Api, { port }: Config): AsyncGenerator<Labels> {
  const pages = api.pages(pathOf(), page, ({ meta: { links } }) =>
    links.next === '' ? undefined : pathOf(links.next),
  )
  for await (const { instances: found } of pages) {
    for (const one of found) {
      yield { __address__: joinHostPort(one.main_ip, port), ...labels(one) }
    }
  }
}
