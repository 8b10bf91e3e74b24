import { withQuery } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import * as json from '../kit/shape.js'
import type { AzureConfig } from './section.js'

const version = '2024-03-01'

/** A virtual machine, alone or of a scale set: https://learn.microsoft.com/rest/api/compute/virtual-machines. */
export interface Machine {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly tags: ReadonlyMap<string, string>
  readonly properties: {
    readonly hardwareProfile: { readonly vmSize: string }
    readonly osProfile: { readonly computerName: string }
    readonly storageProfile: { readonly osDisk: { readonly osType: string } }
    readonly networkProfile: { readonly networkInterfaces: readonly { readonly id: string }[] }
  }
}

export const machineShape: json.Shape<Machine> = json.object({
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

/** A scale set: https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets. */
export interface ScaleSet {
  readonly id: string
  readonly name: string
  readonly properties: { readonly orchestrationMode: string }
}

export const scaleSetShape: json.Shape<ScaleSet> = json.object({
  id: json.text,
  name: json.text,
  properties: json.object({ orchestrationMode: json.text }),
})

/** A public address: https://learn.microsoft.com/rest/api/virtualnetwork/public-ip-addresses. */
export interface PublicIp {
  readonly id: string
  /** Without an address where it is not allocated, and in a list of NICs. */
  readonly properties: { readonly ipAddress: string | undefined }
}

export const publicIpShape: json.Shape<PublicIp> = json.object({
  id: json.text,
  properties: json.object({ ipAddress: json.optional(json.text) }),
})

/** An address of a NIC. */
export interface Configuration {
  readonly privateIPAddress: string | undefined
  readonly publicIPAddress: PublicIp | undefined
}

/** A network interface: https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces. */
export interface Nic {
  readonly id: string
  readonly properties:
    | {
        /** Undefined where its machine is not allocated. */
        readonly primary: boolean | undefined
        readonly ipConfigurations: readonly { readonly properties: Configuration }[]
      }
    | undefined
}

const configuration: json.Shape<Configuration> = json.object({
  privateIPAddress: json.optional(json.text),
  publicIPAddress: json.optional(publicIpShape),
})

export const nicShape: json.Shape<Nic> = json.object({
  id: json.text,
  properties: json.optional(
    json.object({
      primary: json.optional(json.bool),
      ipConfigurations: json.list(json.object({ properties: configuration })),
    }),
  ),
})

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
