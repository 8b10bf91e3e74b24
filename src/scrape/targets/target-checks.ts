import { isUtf8 } from '../../relabel/index.js'
import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import { parseDuration } from '../../go/model-duration.js'

// Durations come from a config or a handful of labels; hostile ones must not fill the memory.
const maxRemembered = 1024
const maxLength = 64

/** A duration that was read, or why it cannot be. */
type Reading = number | string

/** Checks the labels of a target after relabelling, in Prometheus' order and words (PopulateLabels). */
export class TargetChecks {
  readonly #durations: Map<string, Reading> = new Map()

  /** @returns what is wrong; undefined for a good target */
  fault(address: string, interval: string, timeout: string): string | undefined {
    if (address === '') return 'no address'
    if (address.includes('/')) return `${goQuote(redactUrl(address))} is not a valid hostname`
    const every = this.#read(interval)
    if (typeof every === 'string') return `error parsing scrape interval: ${every}`
    if (every === 0) return 'scrape interval cannot be 0'
    const limit = this.#read(timeout)
    if (typeof limit === 'string') return `error parsing scrape timeout: ${limit}`
    if (limit === 0) return 'scrape timeout cannot be 0'
    if (limit <= every) return undefined
    return `scrape timeout cannot be greater than scrape interval (${goQuote(timeout)} > ${goQuote(interval)})`
  }

  #read(text: string): Reading {
    if (text.length > maxLength) return readDuration(text)
    const known = this.#durations.get(text)
    if (known !== undefined) return known
    if (this.#durations.size >= maxRemembered) this.#durations.clear()
    const reading = readDuration(text)
    this.#durations.set(text, reading)
    return reading
  }
}

function readDuration(text: string): Reading {
  try {
    return parseDuration(text)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The first label whose value is not UTF-8, as an error text. */
export function faultOfValues(
  names: readonly string[],
  values: readonly string[],
): string | undefined {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? ''
    if (isUtf8(value)) continue
    return `invalid label value for ${goQuote(names[i] ?? '')}: ${goQuote(value)}`
  }
  return undefined
}
