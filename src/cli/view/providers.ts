import type { Host } from '../host.js'
import { type Line, type Part, styled } from '../terminal/styled.js'
import { type Column, table } from '../terminal/table.js'
import { AskError, type MusterApi } from '../why/api.js'
import { ago } from './ago.js'
import { type GuardRow, type ProviderRow, providerRows } from './answers.js'
import { type Look, view } from './run.js'
import type { ViewFlags } from './view-flags.js'

/**
 * Shows how the providers of a running muster are doing, those in trouble first.
 * @param now milliseconds since 1970
 * @returns the exit code: 0 where some are found, 1 for none, 3 when the server cannot be asked
 * @throws {UsageError} when a flag cannot be used
 */
export async function providers(
  flags: ViewFlags,
  host: Host,
  userAgent: string,
  now: () => number,
): Promise<number> {
  return await view('providers', flags, host, userAgent, (api) => ask(api, flags, now))
}

async function ask(api: MusterApi, flags: ViewFlags, now: () => number): Promise<Look> {
  const { job: jobs, state: states } = flags
  const answer = await api.data(providerRows, '/providers')
  if (answer === undefined) throw new AskError('the server has no /api/v1/providers: is it muster?')
  const isWanted = ({ sets, state, staleSince }: ProviderRow): boolean => {
    const isOfJob = jobs === undefined || sets.some((set) => jobs.includes(set))
    const isStale = staleSince !== undefined && (states?.includes('stale') ?? false)
    return isOfJob && (states === undefined || states.includes(state) || isStale)
  }
  const found = answer.providers
    .filter(isWanted)
    .toSorted((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1))
  const guarded = answer.guarded.filter(({ set }) => jobs?.includes(set) ?? true)
  return {
    document: {
      providers: found.map(({ lastError, ...one }) => ({
        ...one,
        lastError: lastError && { ...lastError },
      })),
      guarded: guarded.map((one) => ({ ...one })),
    },
    isFound: found.length > 0,
    lines: (width, isWide) => [
      ...providerTable(found, width, isWide, now()),
      ...guarded.map(guardLine),
      summary(found, answer.providers.length),
    ],
  }
}

const worst = ['failed', 'failing', 'stopped', 'starting']

function order({ state }: ProviderRow): number {
  const at = worst.indexOf(state)
  return at < 0 ? worst.length : at
}

function stateOf({ state, staleSince }: ProviderRow): Part {
  const text = staleSince === undefined ? state : `${state}, stale`
  if (state === 'failed' || state === 'failing') return styled('red', text)
  if (state === 'running' && staleSince === undefined) return styled('green', text)
  return styled('yellow', text)
}

function providerTable(
  rows: readonly ProviderRow[],
  width: number,
  isWide: boolean,
  now: number,
): readonly Line[] {
  if (rows.length === 0) return []
  const right = 'right' as const
  const columns: readonly Column[] = [
    { title: 'PROVIDER' },
    { title: 'STATE' },
    { title: 'TARGETS', align: right },
    { title: 'LAST ANSWER' },
    { title: 'NEXT TRY' },
    { title: 'JOBS', least: 8 },
    ...(isWide
      ? [
          { title: 'GROUPS', align: right },
          { title: 'UPDATES', align: right },
          { title: 'REQUESTS', align: right },
          { title: 'FAILURES', align: right },
          { title: 'STALE SINCE' },
          { title: 'MANAGER' },
        ]
      : []),
    { title: 'ERROR', least: 12 },
  ]
  const cells = rows.map((row) => [
    row.name,
    stateOf(row),
    number(row.targets),
    row.lastSuccess === undefined ? 'never' : ago(row.lastSuccess, now),
    ago(row.nextTry, now),
    row.sets.join(', '),
    ...(isWide
      ? [
          number(row.groups),
          number(row.updates),
          number(row.requests),
          number(row.failures),
          row.staleSince ?? '',
          row.manager,
        ]
      : []),
    // An error that is over is kept, and of no interest here.
    row.state === 'running' ? '' : (row.lastError?.message ?? ''),
  ])
  return table(columns, cells, isWide ? Infinity : width)
}

function guardLine({ set, isFrozen, heldTargets }: GuardRow): Line {
  const what = isFrozen ? 'is frozen' : 'is guarded'
  return styled('yellow', `${set} ${what}: ${number(heldTargets)} targets are kept only so`)
}

function summary(found: readonly ProviderRow[], all: number): Line {
  const bad = found.filter(({ state }) => state === 'failing' || state === 'failed').length
  const trouble = bad === 0 ? '' : `, ${number(bad)} in trouble`
  return styled('dim', `${number(found.length)} of ${number(all)} providers${trouble}`)
}

function number(count: number): string {
  return count.toLocaleString('en')
}
