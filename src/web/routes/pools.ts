import type { Labels } from '../../labels/index.js'
import { LabelSizeError, RelabelWorkError } from '../../relabel/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { WebContext } from '../context.js'
import { failure, success } from '../reply/envelope.js'
import type { PoolSource } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/** What the scrape pools are called, configured with, and do to labels. */
export function poolRoutes(source: PoolSource): readonly WebRoute[] {
  return [
    apiRoute('/scrape_pools', (c) =>
      success(c, { scrapePools: source.pools().map((pool) => pool.name), ...inexact(source) }),
    ),
    apiRoute('/scrape_pools/config', (c) => {
      const name = c.req.query('scrapePool') ?? ''
      if (name === '') return noPoolNamed(c)
      const yaml = source.configYaml(name)
      return yaml === undefined ? unknownPool(c, name) : success(c, { yaml })
    }),
    apiRoute('/targets/relabel_steps', async (c) => {
      const name = c.req.query('scrapePool') ?? ''
      if (name === '') return noPoolNamed(c)
      const text = c.req.query('labels') ?? ''
      if (text === '') return failure(c, 'bad_data', 'no labels parameter provided')
      const labels = readLabels(text)
      if (typeof labels === 'string') {
        return failure(c, 'bad_data', `error parsing labels: ${labels}`)
      }
      const steps = await stepsOf(source, name, labels)
      if (steps === undefined) return unknownPool(c, name)
      if (isFault(steps)) return failure(c, 'execution', steps.message)
      // Not Prometheus' own: only for those who ask.
      if (c.req.query('places') !== 'true') return success(c, { steps })
      return success(c, { steps, places: source.rulePlaces?.(name) ?? [] })
    }),
  ]
}

/** The pools of which http_sd cannot say every label. Not Prometheus' own: only where there are such. */
function inexact(source: PoolSource): object {
  const httpSd = source.pools().flatMap(({ name, httpSdLosses: { leftOut, comesBack } }) => {
    return leftOut + comesBack === 0 ? [] : [{ scrapePool: name, leftOut, comesBack }]
  })
  return httpSd.length === 0 ? {} : { httpSd }
}

/** What the rules do; an error where what they make is too long, or they take too long, as for a target. */
async function stepsOf(source: PoolSource, name: string, labels: Labels): Promise<unknown> {
  try {
    return await source.relabelSteps(name, labels)
  } catch (error) {
    if (isFault(error)) return error
    throw error
  }
}

function isFault(value: unknown): value is LabelSizeError | RelabelWorkError {
  return value instanceof LabelSizeError || value instanceof RelabelWorkError
}

function noPoolNamed(c: WebContext): Response {
  return failure(c, 'bad_data', 'no scrapePool parameter provided')
}

function unknownPool(c: WebContext, name: string): Response {
  const message = `error retrieving scrape config: scrape pool ${JSON.stringify(name)} not found`
  return failure(c, 'bad_data', message)
}

/** A JSON object of texts; otherwise what is wrong with it. */
function readLabels(text: string): Labels | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return errorMessage(error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'expected a JSON object of label names and values'
  }
  for (const [name, label] of Object.entries(value)) {
    if (typeof label !== 'string') {
      return `the value of ${JSON.stringify(name)} must be a string`
    }
  }
  return value as Labels
}
