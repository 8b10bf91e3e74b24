import { formatFixed } from '../../go/float.js'
import { joinHostPort } from '../../go/host-port.js'
import { type Labels, sanitizeLabelName } from '../../labels/index.js'
import { labelsFrom, type LabelValue, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'

/** https://docs.oracle.com/en-us/iaas/api/#/en/iaas/20160918/Instance/ */
export interface Instance {
  readonly id: string
  readonly compartmentId: string
  readonly displayName: string
  readonly lifecycleState: string
  readonly shape: string
  readonly availabilityDomain: string
  readonly faultDomain: string
  readonly region: string
  readonly imageId: string
  readonly freeformTags: ReadonlyMap<string, string>
  readonly definedTags: ReadonlyMap<string, ReadonlyMap<string, unknown>>
}

export const instanceShape: json.Shape<Instance> = json.object({
  id: json.text,
  compartmentId: json.text,
  displayName: json.text,
  lifecycleState: json.text,
  shape: json.text,
  availabilityDomain: json.text,
  faultDomain: json.text,
  region: json.text,
  imageId: json.text,
  freeformTags: json.map(json.text),
  definedTags: json.map(json.map(json.any)),
})

/** A network card: https://docs.oracle.com/en-us/iaas/api/#/en/iaas/20160918/Vnic/ */
export interface Vnic {
  readonly id: string
  readonly isPrimary: boolean
  readonly privateIp: string
  readonly publicIp: string
  readonly ipv6Addresses: readonly string[]
  readonly hostnameLabel: string
}

export const vnicShape: json.Shape<Vnic> = json.object({
  id: json.text,
  isPrimary: json.bool,
  privateIp: json.text,
  publicIp: json.text,
  ipv6Addresses: json.list(json.text),
  hostnameLabel: json.text,
})

/** An instance, and its primary network card. */
export interface ConnectedInstance {
  readonly instance: Instance
  readonly vnic: Vnic
  readonly tenancy: string
  readonly port: number
}

const labels = labelsFrom<Omit<ConnectedInstance, 'port'>>('__meta_oci_', {
  instance_id: (o) => o.instance.id,
  instance_name: (o) => o.instance.displayName,
  instance_state: (o) => o.instance.lifecycleState,
  instance_shape: (o) => o.instance.shape,
  availability_domain: (o) => o.instance.availabilityDomain,
  fault_domain: (o) => o.instance.faultDomain,
  region: (o) => o.instance.region,
  tenancy_id: (o) => o.tenancy,
  compartment_id: (o) => o.instance.compartmentId,
  image_id: (o) => o.instance.imageId,
  vnic_id: (o) => o.vnic.id,
  private_ip: (o) => o.vnic.privateIp,
  public_ip: (o) => o.vnic.publicIp,
  ipv6_addresses: (o) => tagList(o.vnic.ipv6Addresses) ?? '',
  hostname_label: (o) => o.vnic.hostnameLabel,
  tag_: (o) => o.instance.freeformTags,
  defined_tag_: (o) => definedTags(o.instance.definedTags),
})

/** The target of an instance; undefined for one without an address. */
export function targetOf({ instance, vnic, tenancy, port }: ConnectedInstance): Labels | undefined {
  if (instance.compartmentId === '') return undefined
  // Oracle lists them in any order.
  const ipv6Addresses = [...vnic.ipv6Addresses].sort()
  const address = vnic.privateIp || vnic.publicIp || (ipv6Addresses[0] ?? '')
  if (address === '') return undefined
  return {
    __address__: joinHostPort(address, port),
    ...labels({ instance, vnic: { ...vnic, ipv6Addresses }, tenancy }),
  }
}

function* definedTags(
  namespaces: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): Generator<readonly [string, LabelValue]> {
  for (const [namespace, tags] of namespaces) {
    for (const [key, value] of tags) {
      yield [`${sanitizeLabelName(namespace)}_${sanitizeLabelName(key)}`, scalar(value)]
    }
  }
}

/** A value of a tag; undefined for one that is a list or an object, or nothing. */
function scalar(value: unknown): LabelValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return formatFixed(Number(value))
  return typeof value === 'number' ? formatFixed(value) : undefined
}
