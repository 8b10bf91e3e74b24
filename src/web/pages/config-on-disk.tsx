import {
  isEmpty,
  type JobPlan,
  type Plan,
  type RuleName,
  type SettingChange,
} from '../../plan/index.js'
import type { PlannedReload } from '../sources.js'
import { PlaceLink } from './place-link.js'
import type { Html } from './html.js'
import { hunks, lineDiff } from './line-diff.js'
import { withQuery } from './paging.js'
import { ReloadFaults, Reasons } from './reasons.js'
import { Badge, Code, count, counted, Link, Table, Text } from './text.js'

const mostJobs = 100
const mostNamed = 10
const linesAround = 3
const mostLines = 1000

/** What a reload of the files on disk would do, or why it would be refused. */
export function OnDisk(props: {
  readonly planned: PlannedReload
  /** The config in force as YAML. */
  readonly inForce: string
  readonly root: string
}): Html {
  const { planned, inForce, root } = props
  if (!planned.ok) {
    return (
      <>
        <div class="notice bad">
          <strong>A reload would be refused.</strong> The config in force would stay.
          <Reasons reasons={planned.reasons} root={root} page={`${root}config?view=disk`} />
        </div>
        <ReloadFaults reasons={planned.reasons} title="What a reload would refuse" />
      </>
    )
  }
  const { plan, yaml } = planned
  return (
    <>
      {isEmpty(plan) ? (
        <p class="notice">A reload would change no target and no Alertmanager.</p>
      ) : (
        <Effects plan={plan} root={root} />
      )}
      <h2>What differs from the config in force</h2>
      <Difference before={inForce} after={yaml} />
    </>
  )
}

function Effects({ plan, root }: { readonly plan: Plan; readonly root: string }): Html {
  const { totals, jobs, alertmanagers, unknown, unchangedJobs } = plan
  return (
    <>
      <p class="notice">
        A reload would add {counted(totals.added, 'target')}, remove {count(totals.removed)}, give
        other labels to {count(totals.relabelled)}, ask {count(totals.asked)} in another way, and
        move {count(totals.moved)} to another job. {counted(unchangedJobs, 'job')}{' '}
        {unchangedJobs === 1 ? 'stays as it is' : 'stay as they are'}.
      </p>
      {jobs.length === 0 ? null : (
        <Table
          label="Jobs that change"
          columns={[
            'Job',
            { name: 'Targets now', numeric: true },
            { name: 'After it', numeric: true },
            { name: 'Added', numeric: true },
            { name: 'Removed', numeric: true },
            'What changes',
          ]}
        >
          {jobs.slice(0, mostJobs).map((job) => (
            <Job job={job} root={root} />
          ))}
        </Table>
      )}
      {jobs.length > mostJobs ? <p>and {counted(jobs.length - mostJobs, 'more job')}</p> : null}
      {alertmanagers.length === 0 ? null : (
        <Table
          label="Alertmanagers that change"
          columns={['Section', 'Kind', 'Added', 'Removed', 'What changes']}
        >
          {alertmanagers.slice(0, mostJobs).map((one) => (
            <tr>
              <th scope="row">
                <Text text={one.section} />
              </th>
              <td>{one.kind}</td>
              <td>
                <Names names={one.added} />
              </td>
              <td>
                <Names names={one.removed.map(({ url }) => url)} />
              </td>
              <td>
                <Settings settings={one.settings} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {unknown.length === 0 ? null : (
        <>
          <h2>What is not known before the reload</h2>
          <ul>
            {unknown.slice(0, mostJobs).map(({ mechanism, sets, why }) => (
              <li>
                <Code text={mechanism} /> of <Text text={sets.join(', ')} />: <Text text={why} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

function Job({ job, root }: { readonly job: JobPlan; readonly root: string }): Html {
  const { counts } = job
  const isThere = job.kind !== 'new'
  const to = withQuery(`${root}targets`, { pool: job.job })
  return (
    <tr>
      <th scope="row">{isThere ? <Link to={to} text={job.job} /> : <Text text={job.job} />}</th>
      <td class="n">{count(job.before)}</td>
      <td class="n">{count(job.after)}</td>
      <td class="n">{count(counts.added)}</td>
      <td class="n">
        {counts.removed > 0 ? <Badge tone="warn">{count(counts.removed)}</Badge> : '0'}
      </td>
      <td>
        {job.kind === 'changed' ? null : <Badge tone="idle">{job.kind}</Badge>}
        {counts.relabelled > 0 ? (
          <p>{counted(counts.relabelled, 'target')} with other labels</p>
        ) : null}
        {counts.moved > 0 ? <p>{counted(counts.moved, 'target')} to another job</p> : null}
        {job.failing.after > job.failing.before ? (
          <p>{counted(job.failing.after, 'target')} cannot be made</p>
        ) : null}
        {job.removedBy.slice(0, mostNamed).map(({ by, targets }) => (
          <p>
            <Rule by={by} job={job.job} root={root} /> drops {count(targets)}
          </p>
        ))}
        <Settings settings={job.settings} />
        {job.unknown.length === 0 ? null : (
          <p>what it finds is not known: {job.unknown.join(', ')}</p>
        )}
        <Targets what="added" urls={job.added.map(({ scrapeUrl }) => scrapeUrl)} />
        <Targets what="removed" urls={job.removed.map(({ scrapeUrl }) => scrapeUrl)} />
      </td>
    </tr>
  )
}

/** A rule of the config in force leads there; one that is on disk only is an anchor itself. */
function Rule(props: { readonly by: RuleName; readonly job: string; readonly root: string }): Html {
  const { by, job, root } = props
  const { rule, config, place } = by
  if (place === undefined) return <>rule {rule}</>
  return config === 'before' ? (
    <>
      rule {rule} at <PlaceLink job={job} place={place} root={root} />
    </>
  ) : (
    <span id={place}>
      rule {rule} at <Text text={place} />
    </span>
  )
}

function Settings({ settings }: { readonly settings: readonly SettingChange[] }): Html {
  return (
    <>
      {settings.slice(0, mostNamed).map(({ key, before, after }) => (
        <p>
          <Code text={key} />: <Code text={before ?? '(none)'} /> →{' '}
          <Code text={after ?? '(none)'} />
        </p>
      ))}
    </>
  )
}

function Targets(props: { readonly what: string; readonly urls: readonly string[] }): Html | null {
  const { what, urls } = props
  if (urls.length === 0) return null
  return (
    <details>
      <summary>{what}</summary>
      <Names names={urls} />
    </details>
  )
}

function Names({ names }: { readonly names: readonly string[] }): Html {
  return (
    <>
      {names.slice(0, mostNamed).map((name) => (
        <p>
          <Code text={name} />
        </p>
      ))}
      {names.length > mostNamed ? <p>and {count(names.length - mostNamed)} more</p> : null}
    </>
  )
}

const words = { same: '', added: '+', removed: '−' } as const

function Difference({ before, after }: { readonly before: string; readonly after: string }): Html {
  if (before === after) return <p>Nothing: they say the same, defaults filled in.</p>
  const lines = lineDiff(before.split('\n'), after.split('\n'))
  if (lines === undefined) return <p>More than a thousand lines.</p>
  const shown = hunks(lines, linesAround)
  return (
    <>
      <div class="scroll yaml diff" role="region" aria-label="Difference" tabindex={0}>
        <ol>
          {shown.slice(0, mostLines).map((line) =>
            line.kind === 'skipped' ? (
              <li class="skipped">… {counted(line.count, 'line')} alike</li>
            ) : (
              <li class={line.kind}>
                {line.kind === 'same' ? null : (
                  <span class="sign" aria-label={line.kind}>
                    {words[line.kind]}
                  </span>
                )}
                <Text text={line.text} />
              </li>
            ),
          )}
        </ol>
      </div>
      {shown.length > mostLines ? <p>and {count(shown.length - mostLines)} more lines</p> : null}
    </>
  )
}
