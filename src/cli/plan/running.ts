import { type Config, loadConfig } from '../../config/index.js'
import { formatDuration } from '../../go/model-duration.js'
import { redactUrl } from '../../go/url.js'
import type { HttpClient, HttpStream } from '../../http/index.js'
import { list, object, text } from '../../mechanisms/kit/shape.js'
import { readSnapshot, type SnapshotEvent, SnapshotError } from '../../snapshot/index.js'
import { errorText } from '../../telemetry/error-text.js'
import { AskError, MusterApi, notMuster } from '../why/api.js'
import type { Loading } from './configs.js'

export { AskError }

const groupsPath = '/api/v1/discovery/groups'

/**
 * What the providers of a running muster have found, while it comes.
 * @param timeoutMs how long the server may be silent
 * @throws {AskError} when it cannot be asked; {SnapshotError} when the answer is not whole
 */
export async function* snapshotOf(
  client: HttpClient,
  url: string,
  timeoutMs: number,
): AsyncGenerator<SnapshotEvent, void, undefined> {
  const address = `${url.replace(/\/+$/, '')}${groupsPath}`
  let answer: HttpStream
  try {
    answer = await client.stream({ url: address, timeoutMs, idleMs: timeoutMs })
  } catch (error) {
    throw new AskError(`${groupsPath}: ${errorText(error)}`, { cause: error })
  }
  if (answer.status !== 200) {
    answer.cancel()
    const hint =
      answer.status === 404
        ? ': it is no muster, or one that cannot be recorded'
        : answer.status === 401 || answer.status === 403
          ? ' (--http.config.file has credentials)'
          : ''
    throw new AskError(`${groupsPath}: the server answers ${String(answer.status)}${hint}`)
  }
  try {
    yield* readSnapshot(answer.body, `the answer of ${redactUrl(url)}`)
  } catch (error) {
    if (error instanceof SnapshotError) throw error
    throw new AskError(
      `${groupsPath}: no complete answer, or silence for ${formatDuration(timeoutMs)} (--timeout): ${errorText(error)}`,
      { cause: error },
    )
  }
}

const yamlAnswer = object({ yaml: text })
const poolsAnswer = object({ scrapePools: list(text) })

/**
 * The config that a muster runs, as it prints it: secrets masked, jobs of included files put in.
 * @throws {AskError} when it cannot be asked, or what it prints cannot be read
 */
export async function runningConfig(
  client: HttpClient,
  url: string,
  timeoutMs: number,
  loading: Loading,
): Promise<Config> {
  const api = new MusterApi(client, url, timeoutMs)
  const main = await api.data(yamlAnswer, '/status/config')
  const pools = await api.data(poolsAnswer, '/scrape_pools')
  if (main === undefined || pools === undefined) {
    throw new AskError('the server has no /api/v1/status/config: is it muster?')
  }
  const printed = await load(main.yaml, loading)
  const known = new Set(printed.jobs.map(({ job_name }) => job_name))
  const jobs: Config['jobs'][number][] = [...printed.jobs]
  for (const name of pools.scrapePools) {
    if (known.has(name)) continue
    const job = await api.data(yamlAnswer, '/scrape_pools/config', { scrapePool: name })
    if (job === undefined) continue
    const section = job.yaml.trimEnd().replaceAll('\n', '\n  ')
    jobs.push(...(await load(`scrape_configs:\n- ${section}\n`, loading)).jobs)
  }
  return {
    ...printed,
    jobs: jobs.map((job) => ({ ...job, rule_places: [] })),
    alertmanager_rule_places: [],
  }
}

async function load(yaml: string, { mechanisms, env, turns }: Loading): Promise<Config> {
  const readFile = (): Promise<Uint8Array> => Promise.resolve(Buffer.from(yaml))
  const options = { mechanisms: [...mechanisms], env, turns, include: false, readFile }
  try {
    return await loadConfig('running config', options)
  } catch (error) {
    throw notMuster('/status/config', errorText(error), error)
  }
}
