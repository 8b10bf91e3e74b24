import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { formatChanges, type ReloadResult } from '../../reload/index.js'
import type { WebRoute } from '../routes/route.js'
import type { Html } from './html.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { Reasons } from './reasons.js'
import { Badge, Code, count, counted, Table, Text, Time } from './text.js'

/** `/status`: what runs, since when, with what, and how the last reload went. */
export function statusPage(site: Site): WebRoute {
  return pageRoute(site, '/status', async (request) => {
    const loop = await watchLoop()
    return { title: 'Status', content: <Status request={request} loop={loop} /> }
  })
}

/** How the event loop did while it was watched. */
interface LoopDelay {
  readonly meanMs: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** How long the event loop is watched for the page, in milliseconds: a watch wakes the process, so it ends. */
const watchedMs = 300
const resolutionMs = 5

async function watchLoop(): Promise<LoopDelay> {
  const watch = monitorEventLoopDelay({ resolution: resolutionMs })
  watch.enable()
  await delay(watchedMs)
  watch.disable()
  // A timer that is on time counts with its own interval.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return {
    meanMs: late(watch.mean),
    p99Ms: late(watch.percentile(99)),
    maxMs: late(watch.max),
  }
}

function Status(props: { readonly request: PageRequest; readonly loop: LoopDelay }): Html {
  const { request, loop } = props
  const { site, now, root } = request
  const { sources, process: info } = site
  const { build } = sources
  const { rss, heapUsed, external } = process.memoryUsage()
  const { utilization } = performance.eventLoopUtilization()
  const reload = sources.config.lastReload?.()
  const lastSuccess = sources.config.lastSuccessAt()
  return (
    <>
      <Rows
        title="Process"
        rows={[
          ['State', sources.readiness()],
          ['Version', `${build.version}${build.revision === '' ? '' : ` (${build.revision})`}`],
          ['Runs on', build.goVersion],
          ['Host', info.hostname],
          ['Working directory', info.cwd],
          ['Started', <Time at={info.startTime} now={now} />],
          [
            'Memory',
            `${megabytes(rss)}, of it ${megabytes(heapUsed)} heap and ${megabytes(external)} buffers`,
          ],
          [
            'Event loop',
            `${percent(utilization)} busy since the start; in the last ${count(watchedMs)} ms late by ${milliseconds(loop.meanMs)} on average, ${milliseconds(loop.p99Ms)} at the 99th percentile, ${milliseconds(loop.maxMs)} at most`,
          ],
        ]}
      />
      <Rows
        title="Config"
        rows={[
          [
            'Last reload',
            reload === undefined ? (
              'none yet'
            ) : (
              <>
                <Badge tone={reload.ok ? 'good' : 'bad'}>
                  {reload.ok ? 'succeeded' : 'failed'}
                </Badge>{' '}
                <Time at={reload.startedAt} now={now} />, asked for by {reload.causes.join(', ')},
                took {count(Math.round(reload.durationMs))} ms
              </>
            ),
          ],
          ...(reload?.ok === false
            ? ([['Why', <Reasons reasons={reload.reasons} root={root} />]] as const)
            : []),
          [
            'Last success',
            lastSuccess === undefined ? 'never' : <Time at={lastSuccess} now={now} />,
          ],
        ]}
      />
      <Reloads reloads={sources.config.reloads?.() ?? []} request={request} />
      <Features features={sources.features()} />
      <p>
        For programs: <a href={`${root}metrics`}>metrics</a>,{' '}
        <a href={`${root}api/v1/status/runtimeinfo`}>runtimeinfo</a>,{' '}
        <a href={`${root}api/v1/status/buildinfo`}>buildinfo</a>,{' '}
        <a href={`${root}api/v1/providers`}>providers</a>
      </p>
    </>
  )
}

/** The latest reloads, the last one first. */
function Reloads(props: {
  readonly reloads: readonly ReloadResult[]
  readonly request: PageRequest
}): Html | null {
  const { reloads, request } = props
  if (reloads.length === 0) return null
  return (
    <section>
      <h2 id="reloads">Reloads</h2>
      <Table label="Reloads" columns={['When', 'How it ended', 'Asked for by', 'What it did']}>
        {reloads.map((one) => (
          <tr>
            <td>
              <Time at={one.startedAt} now={request.now} />
            </td>
            <td>
              <Badge tone={one.ok ? 'good' : 'bad'}>{one.ok ? 'succeeded' : 'failed'}</Badge>{' '}
              <small>{count(Math.round(one.durationMs))} ms</small>
            </td>
            <td>
              <Text text={one.causes.join(', ')} />
            </td>
            <td>
              {one.ok ? (
                <Text text={formatChanges(one.changes) || 'nothing changed'} />
              ) : (
                <Reasons reasons={one.reasons} root={request.root} />
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}

function megabytes(bytes: number): string {
  return `${count(Math.round(bytes / 1024 / 1024))} MiB`
}

function Rows(props: {
  readonly title: string
  readonly rows: readonly (readonly [name: string, value: Html | string])[]
}): Html {
  return (
    <section>
      <h2>{props.title}</h2>
      <dl class="facts">
        {props.rows.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? <Text text={value} /> : value}</dd>
          </>
        ))}
      </dl>
    </section>
  )
}

function Features(props: {
  readonly features: Readonly<Record<string, Readonly<Record<string, boolean>>>>
}): Html {
  return (
    <section>
      <h2>Features</h2>
      <dl class="facts">
        {Object.entries(props.features).map(([category, features]) => (
          <>
            <dt>{category}</dt>
            <dd>
              {Object.entries(features)
                .map(([name, isOn]) => (isOn ? name : `${name} (off)`))
                .join(', ')}
            </dd>
          </>
        ))}
      </dl>
    </section>
  )
}

/** `/flags`: every flag and its value. */
export function flagsPage(site: Site): WebRoute {
  return pageRoute(site, '/flags', flags)
}

function flags(request: PageRequest): Page {
  const { flags: values, defaultFlags } = request.site.sources
  const all = Object.entries(values)
  const q = request.query('q')
  const changedOnly = defaultFlags !== undefined && request.query('changed') !== ''
  const isChanged = (name: string, value: string): boolean => defaultFlags?.[name] !== value
  const rows = all
    .filter((texts) => texts.some((text) => text.toLowerCase().includes(q.toLowerCase())))
    .filter(([name, value]) => !changedOnly || isChanged(name, value))
  return {
    title: 'Flags',
    content: (
      <>
        <form class="filter" data-live>
          <label>
            Flag or value <input type="search" name="q" value={q} autocomplete="off" />
          </label>
          {defaultFlags === undefined ? null : (
            <label>
              <input type="checkbox" name="changed" value="on" checked={changedOnly} /> Only changed
            </label>
          )}
          <button>Find</button>
          <output>
            {count(rows.length)} of {counted(all.length, 'flag')}
          </output>
        </form>
        {rows.length === 0 ? (
          <p>No flag is like that.</p>
        ) : (
          <Table
            label="Flags"
            columns={['Flag', 'Value', ...(defaultFlags === undefined ? [] : ['By default'])]}
          >
            {rows.map(([name, value]) => (
              <tr>
                <th scope="row">
                  <Code text={`--${name}`} />
                </th>
                <td>
                  <Code text={value} />
                </td>
                {defaultFlags === undefined ? null : (
                  <td>{isChanged(name, value) ? <Code text={defaultFlags[name] ?? ''} /> : ''}</td>
                )}
              </tr>
            ))}
          </Table>
        )}
      </>
    ),
  }
}
