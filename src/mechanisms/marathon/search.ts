import { joinHostPort } from '../../go/host-port.js'
import { readRegular, secretLimit } from '../../go/read-file.js'
import { HttpError } from '../../http/index.js'
import type { TargetGroup } from '../../discovery/index.js'
import type { Labels } from '../../labels/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { labelsFrom } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collect, type FindGroups, type SearchContext } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import type { MarathonConfig } from './index.js'

// https://mesosphere.github.io/marathon/api-console/index.html

const portMapping = json.object({
  labels: json.map(json.text),
  containerPort: json.int,
  hostPort: json.int,
})

const task = json.object({
  id: json.text,
  host: json.text,
  ports: json.list(json.int),
  ipAddresses: json.list(json.object({ ipAddress: json.text })),
})

const app = json.object({
  id: json.text,
  tasks: json.list(task),
  labels: json.map(json.text),
  container: json.object({
    docker: json.object({ image: json.text, portMappings: json.list(portMapping) }),
    portMappings: json.list(portMapping),
  }),
  portDefinitions: json.list(json.object({ labels: json.map(json.text), port: json.int })),
  networks: json.list(json.object({ mode: json.text })),
  requirePorts: json.bool,
})

const answer = json.object({ apps: json.list(app) })

type App = json.Read<typeof app>
type Task = json.Read<typeof task>

/** Finds the tasks of all apps, a group for each app, by one of the servers at random. */
export function groups(config: MarathonConfig, { random }: SearchContext): FindGroups {
  return async (api) => {
    const { servers } = config
    const server = servers[Math.floor(random() * servers.length)] ?? ''
    const headers = await authorization(config, api.signal)
    const { apps } = await api.get(`${server}/v2/apps/?embed=apps.tasks`, answer, { headers })
    const found = new Map<string, TargetGroup>()
    // Each task has all ports of its app.
    const budget = new MemoryBudget(api.maxWeight)
    for (const one of apps) {
      const targets = await collect(targetsOf(one), api, budget)
      found.set(one.id, { source: one.id, labels: appLabels(one), targets })
      if (api.turns.isOver) {
        await api.turns.next()
        api.signal.throwIfAborted()
      }
    }
    return [...found.values()]
  }
}

/** DC/OS wants its token in a form of its own. A token in a file is read for each poll. */
async function authorization(
  { auth_token, auth_token_file: file }: MarathonConfig,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  if (!auth_token.isEmpty) return { authorization: `token=${auth_token.reveal()}` }
  if (file === '') return {}
  try {
    const token = await readRegular(file, { limit: secretLimit, signal })
    return { authorization: `token=${token.toString('utf8').trim()}` }
  } catch (cause) {
    signal.throwIfAborted()
    const why = errorMessage(cause)
    throw new HttpError('credentials', `unable to read auth token file ${file}: ${why}`, { cause })
  }
}

const appLabels = labelsFrom<App>('__meta_marathon_', {
  app: (a) => a.id,
  image: (a) => a.container.docker.image,
  app_label_: (a) => a.labels,
})

/** A port of a task, and what its app says of it. */
interface TaskPort {
  readonly task: Task
  readonly index: number
  readonly mappingLabels?: ReadonlyMap<string, string> | undefined
  readonly definitionLabels?: ReadonlyMap<string, string> | undefined
}

const targetLabels = labelsFrom<TaskPort>('__meta_marathon_', {
  task: (p) => p.task.id,
  port_index: (p) => p.index,
  port_mapping_label_: (p) => p.mappingLabels,
  port_definition_label_: (p) => p.definitionLabels,
})

function* targetsOf(one: App): Generator<Labels> {
  const isContainerNet = one.networks[0]?.mode === 'container'
  const { container, portDefinitions, requirePorts } = one
  // Since Marathon 1.5 they are in the container, before that they were in its Docker part.
  const mappings =
    container.portMappings.length > 0 ? container.portMappings : container.docker.portMappings
  const definitions = mappings.length > 0 ? [] : portDefinitions
  let ports: readonly number[] =
    mappings.length > 0
      ? mappings.map((mapping) => (isContainerNet ? mapping.containerPort : mapping.hostPort))
      : // Unless the task must have this very port, it is that of the load balancer.
        definitions.map(({ port }) => (requirePorts ? port : 0))

  for (const of of one.tasks) {
    // An app that names no ports has those of its first task that has any.
    if (ports.length === 0) ports = of.ports
    const host = (isContainerNet ? of.ipAddresses[0]?.ipAddress : undefined) ?? of.host
    for (const [index, port] of ports.entries()) {
      // Mesos chose a port that is zero here.
      const isChosen = port === 0 && of.ports.length === ports.length
      yield {
        __address__: joinHostPort(host, isChosen ? (of.ports[index] ?? 0) : port),
        ...targetLabels({
          task: of,
          index,
          mappingLabels: mappings[index]?.labels,
          definitionLabels: definitions[index]?.labels,
        }),
      }
    }
  }
}
