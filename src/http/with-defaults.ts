import type { StructType } from '../yaml/index.js'
import { type HttpClientConfig, httpClientConfig } from './config.js'

type Switches = Pick<HttpClientConfig, 'follow_redirects' | 'enable_http2'>

/** The HTTP client keys for a section in which those two are not on by default. */
export function httpClientConfigWith(initial: Partial<Switches>): StructType<HttpClientConfig> {
  return {
    ...httpClientConfig,
    defaults: () => ({ ...httpClientConfig.defaults(), ...initial }),
    decodeEntries(entries, at) {
      const given = new Set(entries.map((entry) => entry.key.text))
      const kept = Object.entries(initial).filter(([key]) => !given.has(key))
      return { ...httpClientConfig.decodeEntries(entries, at), ...Object.fromEntries(kept) }
    },
  }
}
