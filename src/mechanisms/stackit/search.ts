import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { labelsFrom, present } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { StackitConfig } from './index.js'

const nic = json.object({ networkName: json.text, ipv4: json.text, publicIp: json.text })

const server = json.object({
  id: json.text,
  name: json.text,
  status: json.text,
  powerStatus: json.text,
  availabilityZone: json.text,
  machineType: json.text,
  labels: json.map(json.any),
  nics: json.list(nic),
})
const servers = json.object({ items: json.list(server) })

interface Server extends json.Read<typeof server> {
  readonly project: string
  readonly publicIp: string | undefined
  /** Those of its labels whose values are text. */
  readonly texts: ReadonlyMap<string, string>
}

const labels = labelsFrom<Server>('__meta_stackit_', {
  project: (s) => s.project,
  id: (s) => s.id,
  name: (s) => s.name,
  status: (s) => s.status,
  power_status: (s) => s.powerStatus,
  availability_zone: (s) => s.availabilityZone,
  type: (s) => s.machineType,
  public_ipv4: (s) => s.publicIp,
  private_ipv4_: (s) => privateIps(s),
  label_: (s) => s.texts,
  labelpresent_: (s) => present(s.texts.keys()),
})

/** Finds the servers of a project: https://docs.api.eu01.stackit.cloud/documentation/iaas/version/v1. */
export async function* targets(api: Api, { project, port }: StackitConfig): AsyncGenerator<Labels> {
  const path = `/v1/projects/${encodeURIComponent(project)}/servers?details=true`
  for (const one of (await api.get(path, servers)).items) {
    const publicIp = one.nics.find((each) => each.publicIp !== '')?.publicIp
    const address = publicIp ?? one.nics.find(({ ipv4 }) => ipv4 !== '')?.ipv4
    if (address === undefined) continue
    const texts = new Map<string, string>()
    for (const [key, value] of one.labels) if (typeof value === 'string') texts.set(key, value)
    yield {
      __address__: joinHostPort(address, port),
      ...labels({ ...one, project, publicIp, texts }),
    }
  }
}

function* privateIps({ nics }: Server): Generator<readonly [network: string, ip: string]> {
  for (const { networkName, ipv4 } of nics) if (ipv4 !== '') yield [networkName, ipv4]
}
