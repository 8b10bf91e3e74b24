import { formatFloat } from '../../go/float.js'
import { joinHostPort } from '../../go/host-port.js'
import { redactUrl } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import { type Api, readJsonItems } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import { bytesPerWeight, tooHeavy } from '../kit/memory.js'
import * as json from '../kit/shape.js'
import { type PuppetdbConfig, queryUrl } from './index.js'

const resource = json.object({
  certname: json.text,
  resource: json.text,
  type: json.text,
  title: json.text,
  exported: json.bool,
  tags: json.list(json.text),
  file: json.text,
  environment: json.text,
  parameters: json.map(json.any),
})
type Resource = json.Read<typeof resource>

const labels = labelsFrom<Resource>('__meta_puppetdb_', {
  certname: (r) => r.certname,
  resource: (r) => r.resource,
  type: (r) => r.type,
  title: (r) => r.title,
  exported: (r) => r.exported,
  tags: (r) => tagList(r.tags),
  file: (r) => r.file,
  environment: (r) => r.environment,
})

/** A catalog has a few thousand resources for each node, and an answer may have those of all nodes. */
const maxBytes = 512 << 20

const jsonType = /^application\/json(?:;\s*charset=(?:"utf-8"|utf-8))?$/i

/** The name of the one group. */
export function source(config: PuppetdbConfig): string {
  return `${redactUrl(queryUrl(config))}?query=${config.query}`
}

/** Asks the query, and makes a target of each resource. */
export async function* targets(
  api: Api,
  { query, port, include_parameters }: PuppetdbConfig,
): AsyncGenerator<Labels> {
  const response = await api.ask('', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    statuses: [200],
    maxBytes,
  })
  const type = response.header('content-type') ?? ''
  if (!jsonType.test(type)) {
    throw new AnswerError(`unsupported content type ${response.withoutSecrets(type).slice(0, 100)}`)
  }
  const parameters = parameterReader(api.maxWeight)
  const targetOf = (one: Resource): Labels => ({
    __address__: joinHostPort(one.certname, port),
    __meta_puppetdb_query: query,
    ...labels(one),
    ...(include_parameters ? parameters(one) : {}),
  })
  // Made while the answer is read, so that parameters that are not wanted are not kept.
  const target: json.Shape<Labels> = {
    zero: targetOf(resource.zero),
    read: (value) => targetOf(resource.read(value)),
  }
  yield* await readJsonItems(target, response, api)
}

/**
 * Makes labels of parameters, nested ones included: `{"a":{"b":1}}` is the label `a_b`. An empty value is
 * no label.
 * @param maxWeight how much all of them may make: the names of nested ones are longer than what they are made of
 */
function parameterReader(maxWeight: number): (resource: Resource) => Labels {
  let weight = 0
  const leaves = function* (given: Resource['parameters']): Generator<[string, string]> {
    const open: [string, unknown][] = [...given].toReversed()
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [name, value] = next
      if (isObject(value)) {
        const inner = Object.entries(value).toReversed()
        for (const [key, one] of inner) open.push([`${name}_${key}`, one])
        continue
      }
      const shown = textOf(value)
      if (shown === '') continue
      weight += (name.length + shown.length) / bytesPerWeight
      if (weight > maxWeight) throw new AnswerError(tooHeavy(maxWeight))
      yield [name, shown]
    }
  }
  return labelsFrom<Resource>('__meta_puppetdb_', {
    parameter_: ({ parameters }) => leaves(parameters),
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as it stands in a label; empty for what has no text of its own, which includes a list in a list. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(scalarText).join(',') : scalarText(value)
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || typeof value === 'bigint') return formatFloat(Number(value))
  return ''
}
