import type { Completeness } from '../../outputs/index.js'
import { type SdForm, sdForms } from '../../scrape/index.js'
import type { WebContext } from '../context.js'
import type { ListPush } from '../push/list-push.js'
import type { ServedList } from '../push/served-list.js'
import { weakEtag } from '../reply/etag.js'
import { replyText } from '../reply/reply.js'
import type { SdStage, WebSources } from '../sources.js'
import type { WebRoute } from './route.js'

const prefix = '/http_sd/'
const stages: readonly SdStage[] = ['relabeled', 'raw', 'unseeded']

/** What a request says about the list it wants. */
interface Wanted {
  readonly kind: SdStage | `${SdStage} legacy`
  readonly form: SdForm
}

/**
 * `/http_sd/<job>?stage=relabeled|raw|unseeded&names=utf8|legacy&form=single|groups|plain|url&settings=true|false`: the
 * targets of one job for Prometheus' own `http_sd_configs`, and for others. The job's name is percent-encoded. A
 * Prometheus before 3 refuses a whole answer for one label with a name like `a.b`: `names=legacy` leaves such labels
 * out. While the list is not complete the answer is a 503, with the reason. A request may wait for a
 * change, and a stream gives all of them: see {@link ListPush}.
 */
export function httpSdRoute(
  sources: WebSources,
  completeness: Completeness,
  push: ListPush,
  instance: string,
): WebRoute {
  return {
    methods: ['GET'],
    path: `${prefix}*`,
    needsReady: true,
    handle: async (c) => {
      const job = jobOf(c)
      if (job === undefined) return replyText(c, 400, 'the job name is not percent-encoded UTF-8\n')
      const wanted = readWanted(c)
      if (typeof wanted === 'string') return replyText(c, 400, `${wanted}\n`)
      return await push.reply(c, listOf(job, wanted, sources, completeness, instance), 'http_sd')
    },
  }
}

function listOf(
  job: string,
  { kind, form }: Wanted,
  sources: WebSources,
  completeness: Completeness,
  instance: string,
): ServedList {
  const variant = `${kind} ${form.form} ${String(form.settings)}`
  return {
    key: `http_sd ${variant} ${job}`,
    job,
    now() {
      const pool = sources.pools.pool(job)
      if (pool === undefined) {
        return { kind: 'unknown', reason: `no job is called ${JSON.stringify(job)}` }
      }
      const missing = completeness.missing(pool)
      if (missing !== undefined) return { kind: 'missing', ...missing }
      const etag = weakEtag([instance, pool.name, pool.version, variant])
      return { kind: 'ready', etag, list: pool.list(kind, form) }
    },
  }
}

/** What a request wants; otherwise what is wrong with it. */
function readWanted(c: WebContext): Wanted | string {
  const stage = stageOf(c)
  if (stage === undefined) return 'stage must be relabeled, raw or unseeded'
  const names = c.req.query('names') ?? 'utf8'
  if (names !== 'utf8' && names !== 'legacy') return 'names must be utf8 or legacy'
  const form = sdForms.find((one) => one === (c.req.query('form') ?? 'single'))
  if (form === undefined) return `form must be one of ${sdForms.join(', ')}`
  const settings = c.req.query('settings') ?? 'true'
  if (settings !== 'true' && settings !== 'false') return 'settings must be true or false'
  const kind = names === 'legacy' ? (`${stage} legacy` as const) : stage
  return { kind, form: { form, settings: settings === 'true' } }
}

/** Everything after the prefix, slashes included: a job may be called `a/b`. */
function jobOf(c: WebContext): string | undefined {
  try {
    return decodeURIComponent(c.req.path.slice(prefix.length))
  } catch {
    return undefined
  }
}

function stageOf(c: WebContext): SdStage | undefined {
  const stage = c.req.query('stage') ?? 'relabeled'
  return stages.find((known) => known === stage)
}
