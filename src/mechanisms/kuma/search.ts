import type { Finding, TargetGroup } from '../../discovery/index.js'
import { formatDuration } from '../../go/model-duration.js'
import type { Labels } from '../../labels/index.js'
import { readJson, withQuery } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom } from '../kit/labels.js'
import type { FindGroups, SearchContext } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { clientId } from './client-id.js'
import type { KumaConfig, KumaMetrics } from './index.js'

// Kuma's monitoring assignment discovery service, as JSON over HTTP:
// https://github.com/kumahq/kuma/blob/master/api/observability/v1/mads.proto

const typeUrl = 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment'

const target = json.object({
  name: json.text,
  scheme: json.text,
  address: json.text,
  // A name in Protobuf's JSON may have either form.
  metricsPath: json.text,
  metrics_path: json.text,
  labels: json.map(json.text),
})

const assignment = json.object({
  '@type': json.text,
  mesh: json.text,
  service: json.text,
  labels: json.map(json.text),
  targets: json.list(target),
})

const discoveryResponse = json.object({
  versionInfo: json.text,
  version_info: json.text,
  typeUrl: json.text,
  type_url: json.text,
  nonce: json.text,
  resources: json.list(assignment),
})

type Assignment = json.Read<typeof assignment>
type Target = json.Read<typeof target>

/** What the control plane said last, and what it calls that. */
interface Held {
  readonly version: string
  readonly nonce: string
  readonly groups: readonly TargetGroup[]
}

/** Fetches the assignments again and again; each fetch waits at the control plane until something changes. */
export function assignments(
  config: KumaConfig,
  { scheduler }: SearchContext,
  metrics: KumaMetrics,
): FindGroups {
  let held: Held | undefined
  let id: string | undefined
  return async (api) => {
    id ??= config.client_id === '' ? await clientId() : config.client_id
    const start = scheduler.now()
    try {
      const response = await api.ask(
        withQuery('', { 'fetch-timeout': formatDuration(config.fetch_timeout) }),
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            ...(held && { version_info: held.version, response_nonce: held.nonce }),
            node: { id },
            type_url: typeUrl,
          }),
          statuses: [200, 304],
        },
      )
      if (response.status === 304) {
        metrics.skipped()
        return held?.groups ?? allIsWell
      }
      const answer = readJson(discoveryResponse, response, api.maxWeight)
      const targets = targetsOf(answer.resources, answer.typeUrl || answer.type_url)
      held = {
        // Only one that was understood is acknowledged: else it would not come again.
        version: answer.versionInfo || answer.version_info,
        nonce: answer.nonce,
        groups: [{ source: 'kuma', labels: {}, targets }],
      }
      return held.groups
    } finally {
      metrics.observe(Math.max(0, scheduler.now() - start) / 1000)
    }
  }
}

const allIsWell: Finding = { trouble: null }

function targetsOf(resources: readonly Assignment[], type: string): readonly Labels[] {
  for (const one of [type, ...resources.map((resource) => resource['@type'])]) {
    if (one !== typeUrl) {
      const shown = one.replace(/\s+/g, ' ').slice(0, 100)
      throw new AnswerError(`received invalid typeURL for Kuma MADS v1 Resource: ${shown}`)
    }
  }
  return resources.flatMap((of) => of.targets.map((one) => labels({ of, one })))
}

interface Assigned {
  readonly of: Assignment
  readonly one: Target
}

const metaLabels = labelsFrom<Assigned>('__meta_kuma_', {
  label_: ({ of, one }) => [...one.labels, ...of.labels],
  mesh: ({ of }) => of.mesh,
  service: ({ of }) => of.service,
  dataplane: ({ one }) => one.name,
})

function labels(assigned: Assigned): Labels {
  const { one } = assigned
  return {
    ...metaLabels(assigned),
    __address__: one.address,
    __scheme__: one.scheme,
    __metrics_path__: one.metricsPath || one.metrics_path,
    instance: one.name,
  }
}
