import { describe, expect, it } from 'vitest'
import { SessionBudget } from '../../../src/web/server/session-budget.js'

const kib = 1024

/** Seconds that pass, and in each of them what a session does. @returns the second in which it is over */
function lastSecond(
  seconds: number,
  each: (budget: SessionBudget) => { read: number; written?: number },
): number | undefined {
  const budget = new SessionBudget(0)
  let [read, written] = [0, 0]
  for (let second = 1; second <= seconds; second += 1) {
    const did = each(budget)
    read += did.read
    written += did.written ?? 0
    if (!budget.allows(second * 1000, { read, written })) return second
  }
  return undefined
}

/** @returns the second in which a session is over that sends a little more than it may, beside others */
function secondsOf(sessions: number): number {
  const budget = new SessionBudget(0)
  for (let second = 1; ; second += 1) {
    const traffic = { read: second * 24 * kib, written: 0 }
    if (!budget.allows(second * 1000, traffic, sessions)) return second
  }
}

function answer(budget: SessionBudget): void {
  budget.asked(200)
  budget.answered(200)
}

function takeBack(budget: SessionBudget): void {
  budget.asked(200)
  budget.reset(200)
}

describe('an HTTP/2 session', () => {
  it.each<[string, Parameters<typeof lastSecond>[1]]>([
    [
      'asks a thousand times a second',
      (budget) => {
        for (let i = 0; i < 1000; i += 1) answer(budget)
        return { read: 1000 * 250, written: 1000 * 500 }
      },
    ],
    [
      'posts a megabyte a second, in small frames',
      (budget) => {
        for (let i = 0; i < 1024; i += 1) budget.took(kib)
        answer(budget)
        return { read: 1024 * (kib + 31) }
      },
    ],
    [
      'reads a large list, with a window update for every four kilobytes',
      () => ({ read: (50_000 * kib * 70) / 4096, written: 50_000 * kib }),
    ],
    ['pings a hundred times a second', () => ({ read: 100 * 39 })],
    [
      'takes a request back now and then',
      (budget) => {
        for (let i = 0; i < 10; i += 1) takeBack(budget)
        return { read: 10 * 100 }
      },
    ],
  ])('goes on for as long as it likes when it %s', (_title, each) => {
    expect(lastSecond(3600, each)).toBeUndefined()
  })

  it.each<[string, Parameters<typeof lastSecond>[1]]>([
    ['pings, settings or priorities by the thousand', () => ({ read: 20_000 * 17 })],
    [
      'requests that it takes back',
      (budget) => {
        for (let i = 0; i < 1000; i += 1) takeBack(budget)
        return { read: 43_000 }
      },
    ],
    [
      'a body in frames of a byte',
      (budget) => {
        for (let i = 0; i < 50_000; i += 1) budget.took(1)
        return { read: 500_000 }
      },
    ],
    ['window updates of a byte', () => ({ read: 20_000 * 13, written: 20_000 * 10 })],
    ['headers that are refused', () => ({ read: 1000 * kib })],
  ])('is over within a second when it sends %s', (_title, each) => {
    expect(lastSecond(60, each)).toBe(1)
  })

  it('is over after a while when it sends a little more than is needed for long', () => {
    expect(lastSecond(60, () => ({ read: 32 * kib }))).toBeGreaterThan(5)
  })

  it('may send the long headers of many requests before the first is answered, and go on then', () => {
    const budget = new SessionBudget(0)
    const traffic = { read: 100 * 8 * kib, written: 0 }
    for (let i = 0; i < 100; i += 1) budget.asked(8 * kib)
    expect(budget.allows(0, traffic)).toBe(true)
    for (let i = 0; i < 100; i += 1) budget.answered(8 * kib)
    expect(budget.allows(0, traffic)).toBe(true)
  })

  it('has nothing of the headers of requests that it takes back', () => {
    const budget = new SessionBudget(0)
    const traffic = { read: 100 * 8 * kib, written: 0 }
    for (let i = 0; i < 100; i += 1) budget.asked(8 * kib)
    for (let i = 0; i < 100; i += 1) budget.reset(8 * kib)
    expect(budget.allows(0, traffic)).toBe(false)
  })

  it('has its share of what all may send where there are many', () => {
    expect(secondsOf(16)).toBe(secondsOf(1))
    expect(secondsOf(128)).toBeLessThan(secondsOf(16) / 2)
  })
})
