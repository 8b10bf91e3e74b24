import type { WebRoute } from '../routes/route.js'
import type { Html } from './html.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { Reasons } from './reasons.js'
import { Badge, Code, count, counted, Table, Text, Time } from './text.js'

/** `/status`: what runs, since when, with what, and how the last reload went. */
export function statusPage(site: Site): WebRoute {
  return pageRoute(site, '/status', (request) => ({
    title: 'Status',
    content: <Status request={request} />,
  }))
}

function Status({ request }: { readonly request: PageRequest }): Html {
  const { site, now, root } = request
  const { sources, process: info } = site
  const { build } = sources
  const { rss, heapUsed, external } = process.memoryUsage()
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
  const all = Object.entries(request.site.sources.flags)
  const q = request.query('q')
  const rows = all.filter((texts) =>
    texts.some((text) => text.toLowerCase().includes(q.toLowerCase())),
  )
  return {
    title: 'Flags',
    content: (
      <>
        <form class="filter" data-live>
          <label>
            Flag or value <input type="search" name="q" value={q} autocomplete="off" />
          </label>
          <button>Find</button>
          <output>
            {count(rows.length)} of {counted(all.length, 'flag')}
          </output>
        </form>
        {rows.length === 0 ? (
          <p>No flag is like that.</p>
        ) : (
          <Table label="Flags" columns={['Flag', 'Value']}>
            {rows.map(([name, value]) => (
              <tr>
                <th scope="row">
                  <Code text={`--${name}`} />
                </th>
                <td>
                  <Code text={value} />
                </td>
              </tr>
            ))}
          </Table>
        )}
      </>
    ),
  }
}
