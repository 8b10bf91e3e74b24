import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { withQuery } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { Address } from './cards.js'
import type { AzureConfig } from './section.js'

const version = '2024-03-01'

/** A virtual machine, alone or of a scale set: https://learn.microsoft.com/rest/api/compute/virtual-machines. */
export const machineShape = json.object({
  id: json.text,
  name: json.text,
  location: json.text,
  tags: json.map(json.text),
  properties: json.object({
    hardwareProfile: json.object({ vmSize: json.text }),
    osProfile: json.object({ computerName: json.text }),
    storageProfile: json.object({ osDisk: json.object({ osType: json.text }) }),
    networkProfile: json.object({ networkInterfaces: json.list(json.object({ id: json.text })) }),
  }),
})
export type Machine = json.Read<typeof machineShape>

/** A scale set: https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets. */
export const scaleSetShape = json.object({
  id: json.text,
  name: json.text,
  properties: json.object({ orchestrationMode: json.text }),
})
export type ScaleSet = json.Read<typeof scaleSetShape>

type Scope = Pick<AzureConfig, 'subscription_id' | 'resource_group'>

/** What a section asks for is in a subscription, or in one resource group of it. */
export function pathOf(
  { subscription_id, resource_group }: Scope,
  kind: string,
  apiVersion: string = version,
): string {
  const group = resource_group === '' ? '' : `/resourceGroups/${encodeURIComponent(resource_group)}`
  const path = `/subscriptions/${encodeURIComponent(subscription_id)}${group}/providers/${kind}`
  return withQuery(path, { 'api-version': apiVersion })
}

/** The path of what has this id, with what is below it. @throws {AnswerError} for an id that is no path */
export function pathOfId(
  id: string,
  below: string,
  query: Readonly<Record<string, string>> = { 'api-version': version },
): string {
  requireId(id)
  return withQuery(id.split('/').map(encodeURIComponent).join('/') + below, query)
}

/** The resource group in an id; empty for none. */
export function groupOf(id: string): string {
  return /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? ''
}

function requireId(id: string): void {
  if (!id.startsWith('/')) throw new AnswerError(`invalid ID '${id}'`)
}

interface Found {
  readonly machine: Machine
  readonly address: Address
  readonly scaleSet: string
  readonly config: AzureConfig
}

const labels = labelsFrom<Found>('__meta_azure_', {
  subscription_id: ({ config }) => config.subscription_id,
  tenant_id: ({ config }) => config.tenant_id,
  machine_id: ({ machine }) => machine.id,
  machine_resource_group: ({ machine }) => groupOf(machine.id),
  machine_name: ({ machine }) => machine.name,
  machine_computer_name: ({ machine }) => machine.properties.osProfile.computerName,
  machine_os_type: ({ machine }) => machine.properties.storageProfile.osDisk.osType,
  machine_location: ({ machine }) => machine.location,
  machine_size: ({ machine }) => machine.properties.hardwareProfile.vmSize,
  machine_scale_set: ({ scaleSet }) => (scaleSet === '' ? undefined : scaleSet),
  machine_private_ip: ({ address }) => address.privateIp,
  machine_public_ip: ({ address }) => address.publicIp,
  machine_tag_: ({ machine }) => machine.tags,
})

/**
 * The targets of machines: those that have an address.
 * @param addresses by the machine
 * @param scaleSet the name of theirs; empty for none
 * @throws {AnswerError} for a machine without an id
 */
export function* targetsOf(
  machines: readonly Machine[],
  addresses: ReadonlyMap<Machine, Address>,
  scaleSet: string,
  config: AzureConfig,
): Generator<Labels> {
  for (const machine of machines) {
    requireId(machine.id)
    const address = addresses.get(machine)
    if (address === undefined) continue
    yield {
      __address__: joinHostPort(address.privateIp, config.port),
      ...labels({ machine, address, scaleSet, config }),
    }
  }
}
