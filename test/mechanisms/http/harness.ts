import { http, type HttpSdConfig } from '../../../src/mechanisms/http.js'
import { readElement } from '../polling.js'

/** One element of `http_sd_configs` as it would be read from a file, and what is wrong with it. */
export function readSection(yaml: string): {
  readonly config: HttpSdConfig
  readonly issues: readonly string[]
} {
  const { config, issues } = readElement(http, yaml)
  return { config: config as HttpSdConfig, issues }
}
