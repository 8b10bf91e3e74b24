import { goQuote } from '../../go/quote.js'

/** One of the clouds that Microsoft runs: where each of its services is. */
export interface AzureCloud {
  /** Where tokens are asked for. */
  readonly authority: string
  /** Azure Resource Manager, which lists what there is. */
  readonly management: string
  /** Whom a token for Azure Resource Manager is for. */
  readonly audience: string
}

const publicCloud: AzureCloud = {
  authority: 'https://login.microsoftonline.com',
  management: 'https://management.azure.com',
  audience: 'https://management.core.windows.net/',
}
const chinaCloud: AzureCloud = {
  authority: 'https://login.chinacloudapi.cn',
  management: 'https://management.chinacloudapi.cn',
  audience: 'https://management.core.chinacloudapi.cn',
}
const governmentCloud: AzureCloud = {
  authority: 'https://login.microsoftonline.us',
  management: 'https://management.usgovcloudapi.net',
  audience: 'https://management.core.usgovcloudapi.net',
}

/** The names that Prometheus knows. The German cloud is closed; its name means the public one there, too. */
const clouds: ReadonlyMap<string, AzureCloud> = new Map([
  ['AZURECHINACLOUD', chinaCloud],
  ['AZURECLOUD', publicCloud],
  ['AZUREGERMANCLOUD', publicCloud],
  ['AZUREPUBLICCLOUD', publicCloud],
  ['AZUREUSGOVERNMENT', governmentCloud],
  ['AZUREUSGOVERNMENTCLOUD', governmentCloud],
])

/** No cloud of Microsoft has the name in `environment`. */
export class AzureEnvironmentError extends Error {
  override readonly name = 'AzureEnvironmentError'
  readonly code = 'ERR_AZURE_ENVIRONMENT'
}

/**
 * The cloud that an `environment` names, in any case.
 * @throws {AzureEnvironmentError} for a name that is not known
 */
export function cloudOf(environment: string): AzureCloud {
  const name = environment.toUpperCase()
  const cloud = clouds.get(name)
  if (cloud !== undefined) return cloud
  throw new AzureEnvironmentError(
    `could not create Azure client: there is no cloud configuration matching the name ${goQuote(name)}`,
  )
}
