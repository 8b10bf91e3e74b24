import { list, map, object, type Shape, text } from '../../mechanisms/kit/shape.js'
import type { Host } from '../host.js'
import { type Column, table } from '../terminal/table.js'
import { AskError, type MusterApi } from '../why/api.js'
import { type Look, view } from './run.js'
import type { ViewFlags } from './view-flags.js'

/** A target of `/api/v1/allocation/owners`. */
interface OwnedElement {
  readonly address: string
  readonly labels: ReadonlyMap<string, string>
  readonly owners: readonly string[]
  readonly leaving: readonly string[]
}

const owned: Shape<{ readonly state: string; readonly targets: readonly OwnedElement[] }> = object({
  state: text,
  targets: list(
    object({ address: text, labels: map(text), owners: list(text), leaving: list(text) }),
  ),
})

/**
 * Shows which members have the targets of an address.
 * @returns the exit code: 0 where there is such a target, 1 for none, 3 when the server cannot be asked
 * @throws {UsageError} when a flag cannot be used
 */
export async function owner(
  job: string,
  address: string,
  flags: ViewFlags,
  host: Host,
  userAgent: string,
): Promise<number> {
  return await view('owner', flags, host, userAgent, (api) => ask(api, job, address))
}

async function ask(api: MusterApi, job: string, address: string): Promise<Look> {
  const answer = await api.data(owned, '/allocation/owners', { job, address })
  if (answer === undefined) {
    throw new AskError('the server has no such job, or runs without --allocator.config.file')
  }
  const { state, targets } = answer
  const columns: readonly Column[] = [
    { title: 'ADDRESS' },
    { title: 'INSTANCE' },
    { title: 'MEMBERS' },
    { title: 'UNTIL THEY HAVE IT' },
  ]
  const cells = targets.map(({ labels, owners, leaving, ...target }) => [
    target.address,
    labels.get('instance') ?? '',
    owners.length === 0 ? 'none' : owners.join(', '),
    leaving.join(', '),
  ])
  const nothing = state === 'ready' ? 'no such target' : `the members are ${state}`
  return {
    document: {
      state,
      targets: targets.map(({ labels, owners, leaving, ...target }) => ({
        address: target.address,
        labels: Object.fromEntries(labels),
        owners: [...owners],
        leaving: [...leaving],
      })),
    },
    isFound: targets.length > 0,
    lines: (width) => (targets.length === 0 ? [nothing] : table(columns, cells, width)),
  }
}
