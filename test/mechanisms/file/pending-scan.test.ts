import { describe, expect, it, onTestFinished } from 'vitest'
import { PendingScan, type Scan } from '../../../src/mechanisms/file/pending-scan.js'

const files = (...paths: readonly string[]): Scan => ({ kind: 'files', paths })
const everything: Scan = { kind: 'everything', force: false }
const forced: Scan = { kind: 'everything', force: true }

/** A scan that waits to be taken, and how often it was said to be due. */
function pendingAfter(...added: readonly Scan[]): { pending: PendingScan; due: () => number } {
  const pending = new PendingScan(files())
  let due = 0
  const subscription = pending.due.subscribe(() => (due += 1))
  onTestFinished(() => subscription.unsubscribe())
  for (const scan of added) pending.add(scan)
  return { pending, due: () => due }
}

/** Without the difference between a list of paths and a set of them. */
const shown = (scan: Scan): Scan =>
  scan.kind === 'files' ? { ...scan, paths: [...scan.paths] } : scan

describe('the next scan', () => {
  it.each<[string, readonly Scan[], Scan]>([
    ['nothing', [], files()],
    ['each file once', [files('a', 'b'), files('b', 'c')], files('a', 'b', 'c')],
    ['everything instead of some files', [files('a'), everything, files('b')], everything],
    ['everything by force when one of them asks for it', [forced, everything], forced],
    ['everything by force whatever comes first', [everything, forced], forced],
  ])('looks at %s', (_, added, expected) => {
    expect(shown(pendingAfter(...added).pending.take())).toEqual(expected)
  })

  it('looks at nothing a second time', () => {
    const { pending } = pendingAfter(forced, files('a'))
    pending.take()
    pending.add(files('b'))
    expect(shown(pending.take())).toEqual(files('b'))
  })

  it.each<[string, readonly Scan[], number]>([
    ['not while there is nothing to look at', [files(), files()], 0],
    ['when the first file is added', [files(), files('a')], 1],
    ['when everything is to be looked at', [everything], 1],
  ])('is due: %s', (_, added, times) => {
    expect(pendingAfter(...added).due()).toBe(times)
  })

  it('is due at once when something was added before', () => {
    let due = 0
    new PendingScan(everything).due.subscribe(() => (due += 1))
    expect(due).toBe(1)
  })
})
