import { describe, expect, it } from 'vitest'
import type { DiscoveryConfig } from '../../src/discovery/index.js'
import {
  afterAnswer,
  afterForget,
  afterRemove,
  afterWrite,
  type FileRecord,
  isFresh,
  workOn,
} from '../../src/discovery/state/file-record.js'
import type { KeptProvider } from '../../src/discovery/state/state-keeper.js'

type Known = FileRecord | undefined
type Event = (record: Known) => Known

const providerOf = (name: string, consecutiveFailures = 0): KeptProvider =>
  ({ source: { name }, groups: new Map(), status: { consecutiveFailures } }) as never
const [a, twin] = [providerOf('a'), providerOf('twin')]
const sourceOf = ({ source }: KeptProvider): DiscoveryConfig => source

const loaded: Event = () => ({ state: 'loaded', restored: { groups: [], asOf: 0 } })
const changed: Event = (record) => afterAnswer(record, a, true)
const same: Event = (record) => afterAnswer(record, a, false)
const twinAnswers: Event = (record) => afterAnswer(record, twin, true)
const forgotten: Event = (record) => afterForget(record, sourceOf(a))
const twinForgotten: Event = (record) => afterForget(record, sourceOf(twin))
const begun: Event = (record) =>
  record?.state === 'due' ? { ...record, state: 'writing' } : record
const written: Event = (record) => afterWrite(record, 'written')
const failed: Event = (record) => afterWrite(record, 'failed')
const refused: Event = (record) => afterWrite(record, 'refused')
const removed: Event = afterRemove

interface Case {
  readonly name: string
  readonly events: readonly Event[]
  /** undefined where no record is left. */
  readonly state: FileRecord['state'] | undefined
  readonly todo?: 'write' | 'remove'
  readonly fresh?: true
}

const onDisk = [changed, begun, written]

const cases: readonly Case[] = [
  { name: 'that was loaded is left alone', events: [loaded], state: 'loaded' },
  { name: 'is due after the first answer', events: [changed], state: 'due', todo: 'write' },
  {
    name: 'is due after the first answer, changed or not',
    events: [loaded, same],
    state: 'due',
    todo: 'write',
  },
  { name: 'is clean once it is written', events: onDisk, state: 'clean', fresh: true },
  {
    name: 'stays clean when an answer brings nothing new',
    events: [...onDisk, same],
    state: 'clean',
    fresh: true,
  },
  {
    name: 'is due again after a change, and its old text still counts',
    events: [...onDisk, changed],
    state: 'due',
    todo: 'write',
    fresh: true,
  },
  {
    name: 'is due again when something changes during the write',
    events: [changed, begun, changed, written],
    state: 'due',
    todo: 'write',
    fresh: true,
  },
  {
    name: 'is due again when it could not be written',
    events: [changed, begun, failed],
    state: 'due',
    todo: 'write',
  },
  {
    name: 'that could not be written again still counts as it is',
    events: [...onDisk, changed, begun, failed],
    state: 'due',
    todo: 'write',
    fresh: true,
  },
  {
    name: 'with a password is withheld',
    events: [...onDisk, changed, begun, refused],
    state: 'withheld',
  },
  {
    name: 'with a password is tried again when the groups change',
    events: [changed, begun, refused, changed],
    state: 'due',
    todo: 'write',
  },
  {
    name: 'is obsolete when its config goes',
    events: [...onDisk, forgotten],
    state: 'obsolete',
    todo: 'remove',
  },
  {
    name: 'is obsolete when its config goes during the write',
    events: [changed, begun, forgotten, written],
    state: 'obsolete',
    todo: 'remove',
  },
  {
    name: 'is forgotten once it is removed',
    events: [changed, forgotten, removed],
    state: undefined,
  },
  {
    name: 'is due when its config comes back before it is removed',
    events: [...onDisk, forgotten, changed],
    state: 'due',
    todo: 'write',
  },
  {
    name: 'is due when its config comes back while it is removed',
    events: [...onDisk, forgotten, changed, removed],
    state: 'due',
    todo: 'write',
  },
  {
    name: 'is left alone when another config goes',
    events: [...onDisk, twinForgotten],
    state: 'clean',
    fresh: true,
  },
  {
    name: 'that a provider began with and never had an answer for is left alone',
    events: [forgotten],
    state: undefined,
  },
  {
    name: 'that two configs share is removed',
    events: [...onDisk, twinAnswers],
    state: 'ambiguous',
    todo: 'remove',
  },
  {
    name: 'that two configs share is removed, though it was just being written',
    events: [changed, begun, twinAnswers, written],
    state: 'ambiguous',
    todo: 'remove',
  },
  {
    name: 'that two configs shared is never written again',
    events: [changed, twinAnswers, removed, changed, forgotten, twinAnswers],
    state: 'ambiguous',
  },
]

describe('a state file', () => {
  it.each(cases)('$name', ({ events, state, todo, fresh = false }) => {
    const record = events.reduce<Known>((before, event) => event(before), undefined)
    expect(record?.state).toBe(state)
    expect(workOn(record)).toBe(todo)
    expect(record !== undefined && isFresh(record)).toBe(fresh)
  })

  it('of a provider that fails is not fresh', () => {
    const failing = providerOf('a', 3)
    expect(isFresh({ state: 'clean', provider: failing, isOnDisk: true })).toBe(false)
  })
})
