import { createHttpClient } from '../../http/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { cloudOf } from './cloud.js'
import { azureMetrics } from './metrics.js'
import { type AzureConfig, section } from './section.js'

/** `azure_sd_configs`: virtual machines of Microsoft Azure. */
export const azure: MechanismFactory = (options) => {
  const metrics = azureMetrics(options.registry)
  return polled<AzureConfig>({
    name: 'azure',
    section,
    client({ environment, http }, httpOptions) {
      // Tells at once that there is no such cloud.
      cloudOf(environment)
      // Azure takes its own tokens alone, and its login none.
      const own = { ...http, basic_auth: undefined, authorization: undefined, oauth2: undefined }
      return createHttpClient(own, httpOptions)
    },
    baseUrl: ({ environment }) => cloudOf(environment).management,
    load: async () => (await import('./search.js')).searchWith(options, metrics),
  })(options)
}
