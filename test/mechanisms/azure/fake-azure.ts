/** A network interface of a machine in {@link FakeAzure}. */
export interface FakeNic {
  /** Undefined for that of a machine that is not allocated. */
  readonly primary?: boolean
  readonly ip?: string
  readonly publicIp?: string
  /** The machine names it, and there is no such NIC. */
  readonly isGone?: true
}

/** A virtual machine in {@link FakeAzure}. */
export interface FakeMachine {
  readonly name: string
  /** Its resource group. */
  readonly group: string
  readonly nics: readonly FakeNic[]
  readonly tags?: Readonly<Record<string, string>>
}

/** A scale set in {@link FakeAzure}. The names of its machines are their numbers. */
export interface FakeScaleSet {
  readonly name: string
  readonly group: string
  readonly isFlexible?: true
  readonly machines: readonly Omit<FakeMachine, 'group'>[]
}

/** What a subscription has. */
export interface FakeSubscription {
  readonly machines: readonly FakeMachine[]
  readonly scaleSets?: readonly FakeScaleSet[]
}

/** An answer of {@link FakeAzure}. */
export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const subscription = '/subscriptions/s-1'
const network = 'providers/Microsoft.Network'
const compute = 'providers/Microsoft.Compute'

interface Resource {
  readonly id: string
  readonly name: string
}

/** Azure Resource Manager and its login, as far as they are asked for machines and their addresses. */
export class FakeAzure {
  subscription: FakeSubscription
  /** Answers in place of the good ones, by a part of the URL. */
  readonly instead = new Map<string, FakeAnswer>()
  readonly asked: string[] = []
  readonly #pageSize: number

  /** @param pageSize how many elements a page of a list has */
  constructor(has: FakeSubscription, pageSize = 100) {
    this.subscription = has
    this.#pageSize = pageSize
  }

  /** The answer to a request. @param url whole: `https://management.azure.com/subscriptions/...` */
  answer(url: string, authorization: string | undefined): FakeAnswer {
    const { pathname, searchParams, origin } = new URL(url)
    const path = decodeURIComponent(pathname)
    this.asked.push(decodeURIComponent(url.slice(origin.length)))
    const instead = [...this.instead].find(([part]) => path.includes(part))
    if (instead !== undefined) return instead[1]
    if (/\/oauth2\/(?:v2\.0\/)?token$/.test(path)) return ok(token)
    if (authorization !== 'Bearer geheim-token') {
      return refused(401, 'InvalidAuthenticationToken', 'The access token is invalid.')
    }
    if (!searchParams.has('api-version')) {
      return refused(400, 'MissingApiVersionParameter', 'The api-version is required.')
    }
    const found = this.#listAt(path)
    if (typeof found === 'string') return refused(409, 'OperationNotAllowed', found)
    if (found === undefined) return this.#nic(path, searchParams.has('$expand'))
    const start = Number(searchParams.get('$skiptoken') ?? 0)
    const end = start + this.#pageSize
    const next = new URL(url)
    next.searchParams.set('$skiptoken', String(end))
    return ok({
      value: found.slice(start, end),
      ...(end < found.length ? { nextLink: next.href } : {}),
    })
  }

  /** @returns undefined where there is no such list; why it may not be asked for */
  #listAt(path: string): readonly unknown[] | string | undefined {
    const [, group, kind] =
      /^\/subscriptions\/s-1(?:\/resourceGroups\/([^/]+))?\/providers\/Microsoft\.(\w+\/\w+)$/.exec(
        path,
      ) ?? []
    const isIn = (one: { readonly group: string }): boolean =>
      group === undefined || one.group.toLowerCase() === group.toLowerCase()
    const machines = this.subscription.machines.filter(isIn)
    const scaleSets = (this.subscription.scaleSets ?? []).filter(isIn)
    switch (kind) {
      case 'Compute/virtualMachines':
        return machines.map((one) => machineOf(one, machineId(one), idOfNic(one)))
      case 'Compute/virtualMachineScaleSets':
        return scaleSets.map((one) => ({
          id: scaleSetId(one),
          name: one.name,
          properties: { orchestrationMode: one.isFlexible ? 'Flexible' : 'Uniform' },
        }))
      case 'Network/networkInterfaces':
        return machines.flatMap((one) => nicsOf(one.nics, idOfNic(one), publicIpId(one), false))
      case 'Network/publicIPAddresses':
        return machines.flatMap((one) => publicIpsOf(one.nics, publicIpId(one)))
      default:
        return this.#listOfScaleSet(path)
    }
  }

  #listOfScaleSet(path: string): readonly unknown[] | string | undefined {
    for (const scaleSet of this.subscription.scaleSets ?? []) {
      const id = scaleSetId(scaleSet)
      if (!path.toLowerCase().startsWith(`${id}/`.toLowerCase())) continue
      if (scaleSet.isFlexible) return `Operation is not allowed on ${scaleSet.name}`
      const { machines } = scaleSet
      switch (path.slice(id.length)) {
        case '/virtualMachines':
          return machines.map((one) => ({
            ...machineOf(one, `${id}/virtualMachines/${one.name}`, idOfPoolNic(id, one)),
            instanceId: one.name,
          }))
        case '/networkInterfaces':
          return machines.flatMap((one) =>
            nicsOf(one.nics, idOfPoolNic(id, one), publicOf(id, one), false),
          )
        case '/publicIPAddresses':
          return machines.flatMap((one) => publicIpsOf(one.nics, publicOf(id, one)))
      }
    }
    return undefined
  }

  #nic(path: string, isExpanded: boolean): FakeAnswer {
    const alone = this.subscription.machines.flatMap((one) =>
      nicsOf(one.nics, idOfNic(one), publicIpId(one), isExpanded),
    )
    const ofScaleSets = (this.subscription.scaleSets ?? []).flatMap((scaleSet) =>
      scaleSet.machines.flatMap((one) => {
        const id = scaleSetId(scaleSet)
        return nicsOf(one.nics, idOfPoolNic(id, one), publicOf(id, one), isExpanded)
      }),
    )
    const found = [...alone, ...ofScaleSets].find(
      ({ id }) => id.toLowerCase() === path.toLowerCase(),
    )
    if (found !== undefined) return ok(found)
    return refused(404, 'ResourceNotFound', `The Resource '${path}' was not found.`)
  }
}

// With what the older version of the login says besides.
const token = {
  token_type: 'Bearer',
  expires_in: '3599',
  expires_on: '4102444800',
  not_before: '1700000000',
  resource: 'https://management.azure.com/',
  access_token: 'geheim-token',
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body: JSON.stringify(body) }
}

/** An answer with which Azure refuses. */
export function refused(status: number, code: string, message: string): FakeAnswer {
  return { status, body: JSON.stringify({ error: { code, message } }) }
}

type MakeId = (index: number) => string

function machineId({ group, name }: FakeMachine): string {
  return `${subscription}/resourceGroups/${group}/${compute}/virtualMachines/${name}`
}

function idOfNic({ group, name }: FakeMachine): MakeId {
  return (i) =>
    `${subscription}/resourceGroups/${group}/${network}/networkInterfaces/${name}-${String(i)}`
}

function publicIpId({ group, name }: FakeMachine): MakeId {
  return (i) =>
    `${subscription}/resourceGroups/${group}/${network}/publicIPAddresses/${name}-${String(i)}`
}

function scaleSetId({ group, name }: FakeScaleSet): string {
  return `${subscription}/resourceGroups/${group}/${compute}/virtualMachineScaleSets/${name}`
}

function idOfPoolNic(id: string, { name }: Pick<FakeMachine, 'name'>): MakeId {
  return (i) => `${id}/virtualMachines/${name}/networkInterfaces/nic-${String(i)}`
}

function publicOf(id: string, machine: Pick<FakeMachine, 'name'>): MakeId {
  return (i) => `${idOfPoolNic(id, machine)(i)}/ipConfigurations/ip/publicIPAddresses/pub`
}

function machineOf(
  { name, nics, tags }: Pick<FakeMachine, 'name' | 'nics' | 'tags'>,
  id: string,
  nicId: MakeId,
): Resource {
  const made = {
    id,
    name,
    type: 'Microsoft.Compute/virtualMachines',
    location: 'westeurope',
    ...(tags && { tags }),
    properties: {
      hardwareProfile: { vmSize: 'Standard_B1s' },
      storageProfile: { osDisk: { osType: 'Linux' } },
      osProfile: { computerName: name },
      networkProfile: { networkInterfaces: nics.map((_, i) => ({ id: nicId(i) })) },
    },
  }
  return made
}

function nicsOf(
  nics: readonly FakeNic[],
  nicId: MakeId,
  ipId: MakeId,
  isExpanded: boolean,
): readonly Resource[] {
  return nics.flatMap(({ primary, ip, publicIp, isGone }, i) => {
    if (isGone) return []
    const publicIPAddress = {
      id: ipId(i),
      ...(isExpanded ? { properties: { ipAddress: publicIp } } : {}),
    }
    const properties = {
      ...(ip === undefined ? {} : { privateIPAddress: ip }),
      ...(publicIp === undefined ? {} : { publicIPAddress }),
    }
    return {
      id: nicId(i),
      name: `nic-${String(i)}`,
      properties: {
        ...(primary === undefined ? {} : { primary }),
        ipConfigurations: [{ name: 'ip', properties }],
      },
    }
  })
}

function publicIpsOf(nics: readonly FakeNic[], ipId: MakeId): readonly unknown[] {
  return nics.flatMap(({ publicIp }, i) =>
    publicIp === undefined ? [] : [{ id: ipId(i), properties: { ipAddress: publicIp } }],
  )
}
