import type { Labels } from '../../labels/index.js'
import type { TargetSearch } from '../../scrape/search/index.js'
import type { WebContext } from '../context.js'
import { BodyReader } from '../routes/body-reader.js'
import { leaveRest, trialBounds } from '../routes/relabel.js'
import { foreignPage, type WebRoute } from '../routes/route.js'
import { readRules, type RuleFault, type RuleSteps, tryOn } from '../routes/rule-steps.js'
import type { WebSources } from '../sources.js'
import type { Html } from './html.js'
import { readLabels, writeLabels } from './label-text.js'
import { Effect } from './labels.js'
import { type Page, pageRequest, type PageRequest, replyPage, type Site } from './page.js'
import { withQuery } from './paging.js'
import { RuleTable } from './rule-table.js'
import { orFault, searched, untilGone } from './searched.js'
import { targetPath } from './targets.js'
import { testCase } from './test-case.js'
import { Badge, count, counted, Link, Table, Text } from './text.js'

const path = '/relabel'
const title = 'Relabel'
/** A text that is longer does not get into the form: it could not be sent back. */
const mostCharacters = 32 * 1024

/** What the form holds. */
interface Draft {
  readonly rules: string
  readonly labels: string
  /** Whose targets the rules are tried on; may be empty. */
  readonly job: string
  readonly show: 'steps' | 'job' | 'test'
}

/**
 * `/relabel`: what rules do to labels, rule by rule, and what they would do to all targets of a job. A form sends it,
 * so nothing of it gets into a log or into an address. vmagent's addresses for the same lead here.
 */
export function relabelPages(site: Site): readonly WebRoute[] {
  const bodies = new BodyReader(trialBounds)
  return [
    {
      methods: ['GET', 'POST'],
      path,
      handle: async (c) => {
        const request = pageRequest(site, c)
        const page =
          c.req.method === 'POST' ? await posted(request, c, bodies) : await loaded(request, c)
        return await replyPage(c, request, path, page)
      },
    },
    debugRoute('/target-relabel-debug'),
    debugRoute('/metric-relabel-debug'),
  ]
}

/** An address of vmagent, whose parameters go on. */
function debugRoute(from: string): WebRoute {
  return {
    methods: ['GET'],
    path: from,
    handle: (c) => {
      const { relabel_configs = '', metric = '', id = '' } = c.req.query()
      const labels = metric || (/\/[0-9a-f]{12}$/.test(id) ? id : '')
      return c.redirect(withQuery('relabel', { rules: relabel_configs, labels }))
    },
  }
}

/** The page as its address says: with the rules of a job, and the labels of a target. */
async function loaded(request: PageRequest, c: WebContext): Promise<Page> {
  const { query, site } = request
  const { sources } = site
  const job = query('job')
  const draft: Draft = { rules: query('rules'), labels: query('labels'), job, show: 'steps' }
  if (job === '') return await render(request, c, draft, undefined)
  const yaml = sources.pools.configYaml(job)
  if (yaml === undefined)
    return await render(request, c, draft, `No job is called ${JSON.stringify(job)}.`)
  const labels = await labelsFrom(c, sources.search, job, query('target'))
  const texts = [draft.rules || rulesIn(yaml), draft.labels || writeLabels(labels ?? {})] as const
  const tooLong = texts.some((text) => text.length > mostCharacters)
  const [rules, labelText] = texts.map((text) => (text.length > mostCharacters ? '' : text))
  const notice = tooLong
    ? 'The rules or the labels are too long to be edited here.'
    : labels === undefined && query('target') !== ''
      ? 'The target is not there any more: its labels have to be filled in.'
      : undefined
  const filled = { ...draft, rules: rules ?? '', labels: labelText ?? '' }
  return await render(request, c, filled, notice)
}

/** The labels of a target as it was discovered; without an id those of the first of the job. */
async function labelsFrom(
  c: WebContext,
  search: TargetSearch | undefined,
  job: string,
  id: string,
): Promise<Labels | undefined> {
  if (search === undefined) return undefined
  if (id === '') {
    const answer = await searched(c, search, { pools: [job], limit: 1 })
    return 'message' in answer ? undefined : answer.items[0]?.discoveredLabels
  }
  const found = await orFault(search.target(job, id, untilGone(c)))
  return found === undefined || 'message' in found ? undefined : found.item.discoveredLabels
}

/** The list of `relabel_configs` in the YAML of a job. */
function rulesIn(yaml: string): string {
  const lines = yaml.split('\n')
  const start = lines.indexOf('relabel_configs:')
  if (start === -1) return ''
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^[^\s-]/.test(line))
  const own = (end === -1 ? rest : rest.slice(0, end)).filter((line) => line !== '')
  const indent = /^ */.exec(own[0] ?? '')?.[0].length ?? 0
  return own.map((line) => `${line.slice(indent)}\n`).join('')
}

/** The page as the form that was sent says. */
async function posted(request: PageRequest, c: WebContext, bodies: BodyReader): Promise<Page> {
  const empty: Draft = { rules: '', labels: '', job: '', show: 'steps' }
  const refuse = async (status: 403 | 413 | 503, reason: string): Promise<Page> => {
    leaveRest(c)
    return { ...(await render(request, c, empty, reason)), status }
  }
  const reason = foreignPage(c, request.site.actions.isOwnOrigin)
  if (reason !== undefined) return await refuse(403, reason)
  const answer = await bodies.use(c, (body) => {
    const form = new URLSearchParams(body)
    // Browsers send every line with the two characters that end a line of HTTP.
    const field = (name: string): string => (form.get(name) ?? '').replaceAll('\r\n', '\n')
    const show = (['job', 'test'] as const).find((one) => one === form.get('show')) ?? 'steps'
    const [rules, labels, job] = [field('rules'), field('labels'), field('job')]
    const draft: Draft = { rules, labels, job, show }
    return render(request, c, draft, undefined)
  })
  if (typeof answer !== 'string') return answer
  if (answer === 'too long') {
    return await refuse(413, `Rules and labels may have ${count(trialBounds.maxBytes)} bytes.`)
  }
  return await refuse(503, 'The form came too slowly, or too many are being sent: try again.')
}

async function render(
  request: PageRequest,
  c: WebContext,
  draft: Draft,
  notice: string | undefined,
): Promise<Page> {
  const result = await resultOf(request, c, draft)
  return {
    title,
    isStill: true,
    content: (
      <>
        <p>
          What rules of <code>relabel_configs</code> do to labels. Nothing is changed or kept.
        </p>
        {notice === undefined ? null : (
          <p class="notice bad">
            <Text text={notice} />
          </p>
        )}
        <Form request={request} draft={draft} />
        <div id="result">{result}</div>
      </>
    ),
  }
}

function Form({ request, draft }: { readonly request: PageRequest; readonly draft: Draft }): Html {
  const { root, site } = request
  const { rules, labels, job } = draft
  const all = site.sources.pools.pool(job)
  const targets = all === undefined ? undefined : all.activeCount + all.droppedCount
  return (
    <>
      <form class="filter" action={`${root}relabel`} id="load">
        <label>
          Load the rules of job <input name="job" value={job} autocomplete="off" required />
        </label>
        <label>
          and target <input name="target" autocomplete="off" placeholder="id, or the first" />
        </label>
        <button>Load</button>
      </form>
      <form method="post" action={`${root}relabel`} data-trial id="trial">
        <div class="sides">
          <div>
            <label for="rules">Rules</label>
            <textarea id="rules" name="rules" rows={14} spellcheck={false} autocomplete="off">
              {rules}
            </textarea>
          </div>
          <div>
            <label for="labels">Labels, or a target as job/id</label>
            <textarea id="labels" name="labels" rows={14} spellcheck={false} autocomplete="off">
              {labels}
            </textarea>
          </div>
        </div>
        <p class="filter">
          <button name="show" value="steps">
            Show each step
          </button>
          <label>
            Job <input name="job" value={job} autocomplete="off" />
          </label>
          <button name="show" value="job">
            {targets === undefined
              ? 'Run over all targets of the job'
              : `Run over all ${counted(targets, 'target')} of the job`}
          </button>
          <button name="show" value="test">
            As a test case
          </button>
        </p>
      </form>
    </>
  )
}

async function resultOf(request: PageRequest, c: WebContext, draft: Draft): Promise<Html | null> {
  const { sources } = request.site
  if (draft.rules.trim() === '' && draft.labels.trim() === '' && draft.show !== 'job') return null
  const read = readRules(draft.rules, 'utf8')
  if ('issues' in read) return <Faults name="Rules" text={draft.rules} faults={read.issues} />
  if (draft.show === 'job') {
    if (sources.search === undefined) return <p>This muster has no search.</p>
    const trial = await orFault(sources.search.tryRules(draft.job, read.rules, untilGone(c)))
    return <Trial request={request} job={draft.job} trial={trial} />
  }
  const given = readLabels(draft.labels)
  if (given.kind === 'fault') {
    return <Faults name="Labels" text={draft.labels} faults={[given.fault]} />
  }
  const labels =
    given.kind === 'labels'
      ? given.labels
      : await labelsFrom(c, sources.search, given.job, given.id)
  if (labels === undefined) return <p class="notice bad">No target of this job has this id.</p>
  const tried = tryOn(read, 'utf8', labels)
  if ('message' in tried) return <p class="notice bad">{tried.message}</p>
  return (
    <>
      {draft.show === 'test' ? <TestCase sources={sources} job={draft.job} tried={tried} /> : null}
      <Steps tried={tried} />
    </>
  )
}

function Steps({ tried }: { readonly tried: RuleSteps }): Html {
  const by = tried.steps.findIndex(({ keep }) => !keep)
  const changing = tried.steps.filter(
    ({ before, after, keep }) => keep && JSON.stringify(before) !== JSON.stringify(after),
  ).length
  return (
    <section>
      <h2>Steps</h2>
      <p role="status">
        {by === -1 ? (
          <Badge tone="good">kept</Badge>
        ) : (
          <Badge tone="bad">rule {String(by + 1)} drops</Badge>
        )}{' '}
        {count(changing)} of {counted(tried.steps.length, 'rule')} change something
      </p>
      <RuleTable {...tried} />
    </section>
  )
}

/** Lines of a text around what is wrong with it, and each fault under its line. */
function Faults(props: {
  readonly name: string
  readonly text: string
  readonly faults: readonly RuleFault[]
}): Html {
  const { name, text, faults } = props
  const lines = text.split('\n')
  const shown = faults.slice(0, mostFaults)
  const around = new Set(shown.flatMap(({ line }) => [line - 2, line - 1, line, line + 1]))
  const rows = lines.flatMap((line, i) => (around.has(i + 1) ? [{ line, number: i + 1 }] : []))
  return (
    <section>
      <h2>{name} with faults</h2>
      <p role="status">
        <Badge tone="bad">{counted(faults.length, 'fault')}</Badge>
      </p>
      <div class="scroll yaml" role="region" aria-label={`${name} with faults`} tabindex={0}>
        <ol>
          {rows.map(({ line, number }) => (
            <li value={number}>
              <Text text={line} />
              {shown
                .filter((one) => one.line === number)
                .map(({ column, message, hint }) => (
                  <div class="fault-line">
                    column {String(column)}: <Text text={message} />
                    {hint === undefined ? null : (
                      <>
                        {' '}
                        (<Text text={hint} />)
                      </>
                    )}
                  </div>
                ))}
            </li>
          ))}
        </ol>
      </div>
      {shown
        .filter(({ line }) => line > lines.length)
        .map(({ message }) => (
          <p>
            <Text text={message} />
          </p>
        ))}
      {faults.length > mostFaults ? <p>and {count(faults.length - mostFaults)} more</p> : null}
    </section>
  )
}

const mostFaults = 20

function Trial(props: {
  readonly request: PageRequest
  readonly job: string
  readonly trial: Awaited<ReturnType<TargetSearch['tryRules']>> | { readonly message: string }
}): Html {
  const { request, job, trial } = props
  if (trial === undefined) {
    return (
      <p class="notice bad">
        {job === '' ? 'Name the job whose targets the rules are tried on.' : null}
        {job === '' ? null : (
          <>
            No job is called <Text text={job} />.
          </>
        )}
      </p>
    )
  }
  if ('message' in trial) return <p class="notice bad">{trial.message}</p>
  const { total, checked, kept, dropped, failed, changed, examples } = trial
  return (
    <section>
      <h2>
        All targets of <Text text={job} />
      </h2>
      <p role="status">
        <strong>{counted(changed, 'target')}</strong> would be something else than with the rules in
        force: {count(kept)} active, {count(dropped)} dropped, {count(failed)} failed
        {checked < total ? `; ${count(checked)} of ${count(total)} were looked at in time` : ''}.
      </p>
      {examples.length === 0 ? null : (
        <Table label="Examples" columns={['Target', 'With these rules', 'Labels']}>
          {examples.map((one) => (
            <tr>
              <th scope="row">
                <Link
                  to={targetPath(request.root, job, one.id)}
                  text={one.discoveredLabels['__address__'] ?? one.id}
                />
              </th>
              <td>
                {one.change}
                {one.rule === undefined ? '' : ` by rule ${String(one.rule)}`}
                {one.error === undefined ? null : (
                  <>
                    : <Text text={one.error} />
                  </>
                )}
              </td>
              <td>
                {one.after === undefined ? null : (
                  <Effect before={one.before ?? {}} after={one.after} />
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  )
}

function TestCase(props: {
  readonly sources: WebSources
  readonly job: string
  readonly tried: RuleSteps
}): Html {
  const { sources, job, tried } = props
  if (job === '') return <p class="notice bad">Name the job whose rules are tested.</p>
  const file = sources.flags['config.file'] ?? 'prometheus.yml'
  return (
    <section>
      <h2>A test case</h2>
      <p>
        For <code>muster test</code>, in a file whose name ends in <code>.muster-test.yml</code>. It
        tests the rules in the config file: put these there first, if they are others.
      </p>
      <pre class="wrap" tabindex={0} data-copy id="test-case">
        {testCase(file, job, tried)}
      </pre>
    </section>
  )
}
