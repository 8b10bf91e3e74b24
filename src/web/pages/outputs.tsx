import type { AllocationSource, MemberState } from '../../allocation/source.js'
import type { FiledJob } from '../../outputs/index.js'
import type { WebRoute } from '../routes/route.js'
import type { Reader } from '../readers.js'
import type { Html } from './html.js'
import { inPath } from './health.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { paged, Pager } from './paging.js'
import { Badge, Code, count, counted, Link, Table, Text, Time, type Tone } from './text.js'

/** How a reader of a list stands, the worst first. */
const standings = ['silent', 'behind', 'gone', 'current'] as const
type Standing = (typeof standings)[number]

const tones: Readonly<Record<Standing, Tone>> = {
  silent: 'bad',
  behind: 'warn',
  gone: 'idle',
  current: 'good',
}

const meanings: Readonly<Record<Standing, string>> = {
  silent: 'it has not asked for three times as long as it says that it waits',
  behind: 'the list has changed since it read it',
  gone: 'there is no such list now',
  current: 'it has the list as it is now',
}

/** No more files are named. */
const mostFiles = 200

/** No more members are named. */
const mostMembers = 200

/** A reader that has missed this many of its own intervals is silent. */
const missedIntervals = 3

/** `/outputs`: who reads which list of targets, and how far behind each of them is. */
export function outputsPage(site: Site): WebRoute {
  return pageRoute(site, '/outputs', render)
}

function render(request: PageRequest): Page {
  const { site, now } = request
  const q = request.query('q').toLowerCase()
  const all = site.readers.all().map((reader) => ({ reader, standing: standingOf(reader, now) }))
  const rows = all
    .filter(({ reader, standing }) =>
      [reader.job, reader.output, reader.address, reader.userAgent, standing].some((text) =>
        text.toLowerCase().includes(q),
      ),
    )
    .sort(
      (a, b) =>
        standings.indexOf(a.standing) - standings.indexOf(b.standing) ||
        b.reader.lastAt - a.reader.lastAt,
    )
  const part = paged(request, rows)
  const { allocation } = site.sources
  const content = (
    <>
      {allocation === undefined ? null : <Members allocation={allocation} request={request} />}
      <p>
        Who reads targets from muster, since it was started. Prometheus reads a list by
        http_sd_configs with the URL <code>/http_sd/&lt;job&gt;</code>.
      </p>
      <form class="filter" data-live>
        <label>
          Job, address or reader{' '}
          <input type="search" name="q" value={request.query('q')} autocomplete="off" />
        </label>
        <button>Find</button>
        <output>
          {count(rows.length)} of {counted(all.length, 'reader')}
        </output>
      </form>
      {all.length === 0 ? <p id="no-readers">Nothing has read a list yet.</p> : null}
      {rows.length === 0 ? null : (
        <Table
          label="Readers"
          columns={[
            'List',
            'Reader',
            'State',
            'How it reads',
            'Last read',
            { name: 'Requests', numeric: true },
          ]}
        >
          {part.rows.map((row) => (
            <Row {...row} request={request} />
          ))}
        </Table>
      )}
      <Pager
        path={`${request.root}outputs`}
        parameters={{ q: request.query('q') }}
        paged={part}
        noun="readers"
      />
      <Files files={site.sources.files?.() ?? []} now={now} />
      {all.length === 0 ? null : (
        <dl class="facts">
          {standings.map((standing) => (
            <>
              <dt>
                <Badge tone={tones[standing]}>{standing}</Badge>
              </dt>
              <dd>{meanings[standing]}</dd>
            </>
          ))}
        </dl>
      )}
    </>
  )
  return { title: 'Outputs', content }
}

/** The files of targets, those that lack something first. */
function Files(props: { readonly files: readonly FiledJob[]; readonly now: number }): Html | null {
  const { files, now } = props
  if (files.length === 0) return null
  return (
    <section>
      <h2 id="files">Files</h2>
      <Table
        label="Files"
        columns={['Job', 'File', 'State', 'Last written', { name: 'Targets', numeric: true }]}
      >
        {files
          .toSorted((a, b) => Number(a.error === undefined) - Number(b.error === undefined))
          .slice(0, mostFiles)
          .map(({ job, file, writtenAt, targets, error, waitsFor }) => (
            <tr>
              <th scope="row">
                <Text text={job} />
              </th>
              <td>
                <Code text={file} />
              </td>
              <td>
                {error !== undefined ? (
                  <>
                    <Badge tone="bad">failing</Badge> <Text text={error} />
                  </>
                ) : waitsFor !== undefined ? (
                  <>
                    <Badge tone="warn">waiting</Badge> <Text text={waitsFor} />
                  </>
                ) : (
                  <Badge tone="good">current</Badge>
                )}
              </td>
              <td>{writtenAt === undefined ? '' : <Time at={writtenAt} now={now} />}</td>
              <td class="n">{count(targets)}</td>
            </tr>
          ))}
      </Table>
      {files.length > mostFiles ? <p>and {count(files.length - mostFiles)} more</p> : null}
    </section>
  )
}

const memberTones: Readonly<Record<MemberState, Tone>> = {
  joining: 'warn',
  active: 'good',
  leaving: 'idle',
  silent: 'bad',
  evicted: 'bad',
}

/** Who gets which share of the targets, where they are shared out. */
function Members(props: {
  readonly allocation: AllocationSource
  readonly request: PageRequest
}): Html {
  const { allocation, request } = props
  const { root, now } = request
  const members = allocation.members()
  const shared = members.reduce((sum, { targets }) => sum + targets, 0)
  const unassigned = allocation.unassigned()
  return (
    <section>
      <h2 id="members">Members</h2>
      {allocation.state === 'ready' ? (
        <p>
          {counted(members.length, 'member')}; {count(allocation.overlapping)} targets have an old
          member beside the new one, {count(allocation.pending)} wait to be moved,{' '}
          {unassigned > 0 ? (
            <Badge tone="bad">{count(unassigned)} have no owner</Badge>
          ) : (
            'each has an owner'
          )}
          . Fingerprint <Code text={allocation.fingerprint} />: replicas that agree have the same.
        </p>
      ) : (
        <p class="notice warn">
          {allocation.state === 'waiting'
            ? 'The members are not known yet: no list is given.'
            : 'There is no member: no list is given.'}
        </p>
      )}
      {members.length === 0 ? null : (
        <Table
          label="Members"
          columns={[
            'Member',
            'State',
            { name: 'Weight', numeric: true },
            { name: 'Targets', numeric: true },
            { name: 'Share', numeric: true },
            'Last read',
          ]}
        >
          {members.slice(0, mostMembers).map(({ id, state, weight, targets, lastSeen }) => (
            <tr>
              <th scope="row">
                <Text text={id} />
              </th>
              <td>
                <Badge tone={memberTones[state]}>{state}</Badge>
              </td>
              <td class="n">{count(weight)}</td>
              <td class="n">{count(targets)}</td>
              <td class="n">{shared === 0 ? '' : `${((targets / shared) * 100).toFixed(1)}%`}</td>
              <td>{lastSeen === undefined ? 'never' : <Time at={lastSeen} now={now} />}</td>
            </tr>
          ))}
        </Table>
      )}
      {members.length > mostMembers ? <p>and {count(members.length - mostMembers)} more</p> : null}
      <p>
        <Link to={`${root}api/v1/allocation`} text="as JSON" />
      </p>
      <h2>Readers</h2>
    </section>
  )
}

/** How a reader stands. @param now milliseconds since 1970 */
export function standingOf(reader: Reader, now: number): Standing {
  const version = reader.current()
  if (version === undefined) return 'gone'
  const { way, intervalMs, lastAt } = reader
  if (way === 'poll' && intervalMs !== undefined && now - lastAt > missedIntervals * intervalMs) {
    return 'silent'
  }
  return version === reader.version ? 'current' : 'behind'
}

function Row(props: {
  readonly reader: Reader
  readonly standing: Standing
  readonly request: PageRequest
}): Html {
  const { reader, standing, request } = props
  const { root, now } = request
  const { job, output, address, userAgent, lastAt, firstAt, requests } = reader
  return (
    <tr>
      <th scope="row">
        <Link to={`${root}http_sd/${inPath(job)}`} text={job} />{' '}
        <small>
          <Text text={output} />
        </small>
      </th>
      <td>
        <Text text={address} />{' '}
        <small>
          <Text text={userAgent} />
        </small>
      </td>
      <td>
        <Badge tone={tones[standing]}>{standing}</Badge>
      </td>
      <td>{wayOf(reader)}</td>
      <td>
        <Time at={lastAt} now={now} />
      </td>
      <td class="n">
        {count(requests)}{' '}
        <small>
          since <Time at={firstAt} now={now} />
        </small>
      </td>
    </tr>
  )
}

function wayOf({ way, intervalMs }: Reader): string {
  switch (way) {
    case 'poll':
      return intervalMs === undefined ? 'polls' : `polls every ${count(intervalMs / 1000)} s`
    case 'wait':
      return 'waits for changes'
    case 'stream':
      return 'follows a stream'
  }
}
