import { HttpError } from '../../http/index.js'
import { AnswerError } from '../kit/errors.js'
import type * as json from '../kit/shape.js'
import type { AzureClient } from './client.js'
import { prefixed } from './errors.js'
import type { KeptNics } from './kept-nics.js'
import {
  type Nic,
  nicShape,
  type Configuration,
  groupOf,
  type Machine,
  pathOf,
  pathOfId,
  publicIpShape,
  type ScaleSet,
} from './resources.js'
import type { AzureConfig } from './section.js'

/** The address of a machine. */
export interface Address {
  readonly privateIp: string
  readonly publicIp: string | undefined
}

/** Where the NICs of some machines are listed, and their public addresses. */
export interface Place {
  readonly version: string
  /** The lists that have these NICs. */
  nicLists(ids: readonly string[]): readonly string[]
  /** The lists that have these public addresses. */
  publicIpLists(ids: readonly string[]): readonly string[]
}

const networkVersion = '2023-11-01'
/** Azure has no newer one for the NICs of scale sets. */
const scaleSetVersion = '2018-10-01'

/** The NICs of machines that stand alone: in the whole subscription, or in the resource groups that they are in. */
export function placeOfMachines(config: AzureConfig): Place {
  const lists = (kind: string, ids: readonly string[]): readonly string[] => {
    if (config.resource_group === '') return [pathOf(config, kind, networkVersion)]
    const groups = new Map(ids.map((id) => [groupOf(id).toLowerCase(), groupOf(id)]))
    return Array.from(groups.values(), (resource_group) =>
      pathOf({ ...config, resource_group }, kind, networkVersion),
    )
  }
  return {
    version: networkVersion,
    nicLists: (ids) => lists('Microsoft.Network/networkInterfaces', ids),
    publicIpLists: (ids) => lists('Microsoft.Network/publicIPAddresses', ids),
  }
}

/** The NICs of the machines of a scale set. */
export function placeOfScaleSet({ id }: ScaleSet): Place {
  const query = { 'api-version': scaleSetVersion }
  return {
    version: scaleSetVersion,
    nicLists: () => [pathOfId(id, '/networkInterfaces', query)],
    publicIpLists: () => [pathOfId(id, '/publicIPAddresses', query)],
  }
}

/** How many NICs are asked for at a time where they have to be asked for one by one. */
const atATime = 10

/** Finds the addresses of machines, in a few lists where that is allowed. */
export class Nics {
  readonly #client: AzureClient
  readonly #kept: KeptNics

  /** @param kept those that were asked for one by one, from poll to poll */
  constructor(client: AzureClient, kept: KeptNics) {
    this.#client = client
    this.#kept = kept
  }

  /**
   * The addresses of those machines that have one: the first of the primary NIC. A machine that is not allocated has
   * none, and neither has one whose NIC is gone.
   * @throws {HttpError} where NICs or addresses cannot be had
   * @throws {AnswerError} for a primary NIC without a private address
   */
  async addressesOf(
    machines: readonly Machine[],
    place: Place,
  ): Promise<ReadonlyMap<Machine, Address>> {
    const ids = machines.flatMap(nicIdsOf)
    if (ids.length === 0) return new Map()
    const nics = new Map<string, Nic>()
    for (const one of await this.#listed(place.nicLists(ids), nicShape)) {
      nics.set(keyOf(one.id), one)
    }
    const unlisted = machines.flatMap((machine) => unknownNicsOf(machine, nics))
    for (const [id, nic] of await this.#oneByOne(unlisted, place)) nics.set(keyOf(id), nic)
    const primary = new Map<Machine, Primary>()
    for (const machine of machines) {
      const found = primaryOf(machine, nics)
      if (found !== undefined) primary.set(machine, found)
    }
    return await this.#withPublicIps(primary, place)
  }

  async #withPublicIps(
    primary: ReadonlyMap<Machine, Primary>,
    place: Place,
  ): Promise<ReadonlyMap<Machine, Address>> {
    const open = [...primary.values()].filter(({ publicIp, publicId }) => {
      return publicIp === undefined && publicId !== ''
    })
    const byId = new Map<string, string | undefined>()
    if (open.length > 0) {
      const lists = place.publicIpLists(open.map(({ publicId }) => publicId))
      for (const { id, properties } of await this.#listed(lists, publicIpShape)) {
        byId.set(keyOf(id), properties.ipAddress)
      }
    }
    const unlisted = open.filter(({ publicId }) => !byId.has(keyOf(publicId)))
    const nics = await this.#oneByOne(
      unlisted.map(({ nicId }) => nicId),
      place,
    )
    for (const { nicId, publicId } of unlisted) {
      const [first] = nics.get(nicId)?.properties?.ipConfigurations ?? []
      byId.set(keyOf(publicId), first?.properties.publicIPAddress?.properties.ipAddress)
    }
    const addresses = new Map<Machine, Address>()
    for (const [machine, { privateIp, publicIp, publicId }] of primary) {
      addresses.set(machine, { privateIp, publicIp: publicIp ?? byId.get(keyOf(publicId)) })
    }
    return addresses
  }

  /** All elements of some lists; none of a list that may not be read. */
  async #listed<T>(paths: readonly string[], shape: json.Shape<T>): Promise<readonly T[]> {
    const found: T[] = []
    for (const path of paths) {
      try {
        for await (const one of this.#client.list(path, shape)) found.push(one)
      } catch (error) {
        if (!isStatus(error, 403)) throw error
      }
    }
    return found
  }

  /** The NICs with these ids, with their public addresses; without those that are gone. */
  async #oneByOne(ids: readonly string[], place: Place): Promise<ReadonlyMap<string, Nic>> {
    const found = new Map<string, Nic>()
    for (let i = 0; i < ids.length; i += atATime) {
      const some = ids.slice(i, i + atATime)
      const settled = await Promise.allSettled(some.map((id) => this.#nic(id, place)))
      for (const [j, one] of settled.entries()) {
        if (one.status === 'rejected') throw one.reason
        const id = some[j]
        if (id !== undefined && one.value !== undefined) found.set(id, one.value)
      }
    }
    return found
  }

  async #nic(id: string, { version }: Place): Promise<Nic | undefined> {
    const kept = this.#kept.get(keyOf(id))
    if (kept !== undefined) return kept
    const query = { 'api-version': version, $expand: 'ipConfigurations/publicIPAddress' }
    try {
      const nic = await this.#client.get(pathOfId(id, '', query), nicShape)
      this.#kept.set(keyOf(id), nic)
      return nic
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw prefixed(`failed to retrieve Interface ${id} with error`, error)
    }
  }
}

/** Whether this is the answer of Azure Resource Manager; its token may be refused with the same status. */
function isStatus(error: unknown, status: number): boolean {
  return error instanceof HttpError && error.kind === 'status' && error.status === status
}

/** Azure writes one id in different cases. */
function keyOf(id: string): string {
  return id.toLowerCase()
}

function nicIdsOf({ properties }: Machine): readonly string[] {
  return properties.networkProfile.networkInterfaces.map(({ id }) => id)
}

/** The NIC that a machine is reached by. */
interface Primary {
  readonly nicId: string
  readonly privateIp: string
  readonly publicIp: string | undefined
  /** Empty where it has none. */
  readonly publicId: string
}

/** The NICs of a machine that have to be known to find its primary one. */
function unknownNicsOf(machine: Machine, nics: ReadonlyMap<string, Nic>): readonly string[] {
  const unknown: string[] = []
  for (const id of nicIdsOf(machine)) {
    const nic = nics.get(keyOf(id))
    if (nic === undefined) unknown.push(id)
    else if (nic.properties !== undefined && nic.properties.primary !== false) break
  }
  return unknown
}

function primaryOf(machine: Machine, nics: ReadonlyMap<string, Nic>): Primary | undefined {
  for (const nicId of nicIdsOf(machine)) {
    const nic = nics.get(keyOf(nicId))
    if (nic === undefined) return undefined
    if (nic.properties === undefined) continue
    const { primary, ipConfigurations } = nic.properties
    // So it is with a machine that is not allocated.
    if (primary === undefined) return undefined
    const [first] = primary ? ipConfigurations : []
    if (first !== undefined) return addressIn(first.properties, nicId, machine)
  }
  return undefined
}

function addressIn(
  { privateIPAddress, publicIPAddress }: Configuration,
  nicId: string,
  { name }: Machine,
): Primary {
  if (privateIPAddress === undefined) {
    throw new AnswerError(`unable to find a private IP for VM ${name}`)
  }
  return {
    nicId,
    privateIp: privateIPAddress,
    publicIp: publicIPAddress?.properties.ipAddress,
    publicId: publicIPAddress?.id ?? '',
  }
}
