import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom } from '../kit/labels.js'
import type { Address } from './nics.js'
import { groupOf, invalidId, type Machine } from './resources.js'
import type { AzureConfig } from './section.js'

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
    if (!machine.id.startsWith('/')) throw invalidId(machine.id)
    const address = addresses.get(machine)
    if (address === undefined) continue
    yield {
      __address__: joinHostPort(address.privateIp, config.port),
      ...labels({ machine, address, scaleSet, config }),
    }
  }
}
