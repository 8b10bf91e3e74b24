import { withQuery } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import * as json from '../kit/shape.js'
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

/** A public address: https://learn.microsoft.com/rest/api/virtualnetwork/public-ip-addresses. */
export const publicIpShape = json.object({
  id: json.text,
  properties: json.object({ ipAddress: json.optional(json.text) }),
})

const configurationShape = json.object({
  properties: json.object({
    privateIPAddress: json.optional(json.text),
    // In a list it has an id alone.
    publicIPAddress: json.optional(publicIpShape),
  }),
})
/** An address of a card. */
export type Configuration = json.Read<typeof configurationShape>['properties']

/** A network interface: https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces. */
export const cardShape = json.object({
  id: json.text,
  properties: json.optional(
    json.object({
      primary: json.optional(json.bool),
      ipConfigurations: json.list(configurationShape),
    }),
  ),
})
export type Card = json.Read<typeof cardShape>

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
  if (!id.startsWith('/')) throw invalidId(id)
  return withQuery(id.split('/').map(encodeURIComponent).join('/') + below, query)
}

/** The resource group in an id; empty for none. */
export function groupOf(id: string): string {
  return /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? ''
}

/** The error for an id that is no path. */
export function invalidId(id: string): AnswerError {
  return new AnswerError(`invalid ID '${id}'`)
}
