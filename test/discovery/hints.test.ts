import { beforeEach, describe, expect, it } from 'vitest'
import { type Subscription, type SchedulerLike } from 'rxjs'
import {
  type Finding,
  refresh,
  type RefreshOptions,
  type TargetGroup,
} from '../../src/discovery/index.js'
import { group } from './scripted-mechanism.js'
import { FakeClock, testContext, type TestContext } from '../../src/testing/discovery/index.js'

type Options = RefreshOptions<string>
type Answer = Awaited<ReturnType<Options['poll']>>

/** A watch whose hints and end the test decides. */
class ScriptedWatch implements AsyncIterator<string> {
  readonly signal: AbortSignal
  #settle:
    | { resolve(result: IteratorResult<string>): void; reject(error: unknown): void }
    | undefined

  constructor(signal: AbortSignal) {
    this.signal = signal
    signal.addEventListener('abort', () => this.#settle?.reject(signal.reason))
  }

  next(): Promise<IteratorResult<string>> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  async hint(...hints: readonly string[]): Promise<void> {
    for (const value of hints) {
      this.#settle?.resolve({ value, done: false })
      await turn()
    }
  }

  async end(): Promise<void> {
    this.#settle?.resolve({ value: undefined, done: true })
    await turn()
  }

  async fail(error: unknown): Promise<void> {
    this.#settle?.reject(error)
    await turn()
  }
}

/** A poll and a watch that the test answers for. */
class Server {
  readonly scheduler = new FakeClock()
  readonly context: TestContext<SchedulerLike> = testContext(this.scheduler)
  /** When it was asked, and for what: `0 all`, `100 a b`. */
  readonly asked: string[] = []
  readonly found: Finding[] = []
  readonly watches: ScriptedWatch[] = []
  refusal: unknown
  subscription: Subscription | undefined
  #settle: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined

  async start(options: Partial<Options> = {}): Promise<void> {
    const poll: Options['poll'] = (_, hints) => {
      this.asked.push([this.scheduler.now(), ...(hints ?? ['all'])].join(' '))
      return new Promise((resolve, reject) => {
        this.#settle = { resolve, reject }
      })
    }
    const watch: Options['watch'] = (signal) => {
      if (this.refusal !== undefined) return Promise.reject(this.refusal)
      const one = new ScriptedWatch(signal)
      this.watches.push(one)
      return Promise.resolve({ [Symbol.asyncIterator]: () => one })
    }
    const { context } = this
    const discoverer = refresh({ intervalMs: 60_000, context, poll, watch, ...options })
    this.subscription = discoverer.findings().subscribe((finding) => this.found.push(finding))
    await turn()
  }

  async hint(...hints: readonly string[]): Promise<void> {
    await this.watches.at(-1)?.hint(...hints)
  }

  async answer(answer: Answer = {}): Promise<void> {
    this.#settle?.resolve(answer)
    await turn()
  }

  async refuse(error: unknown = new Error('boom')): Promise<void> {
    this.#settle?.reject(error)
    await turn()
  }

  pass(ms: number): void {
    this.scheduler.advance(ms)
  }

  get warnings(): readonly string[] {
    return this.context.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  }
}

/** Lets everything happen that waits for promises only. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('refresh with hints', () => {
  let server: Server
  beforeEach(() => {
    server = new Server()
  })

  it('polls for a hint at once, and for everything at the pace of the interval', async () => {
    await server.start()
    await server.answer([])
    server.pass(20_000)
    await server.hint('a')
    server.pass(0)
    expect(server.asked).toEqual(['0 all', '20000 a'])
    await server.answer()
    server.pass(39_999)
    expect(server.asked).toHaveLength(2)
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '20000 a', '60000 all'])
  })

  it('makes one poll of a burst, and then at most one in 50 ms', async () => {
    await server.start()
    await server.answer([])
    await server.hint('a', 'b')
    server.pass(0)
    await server.answer()
    await server.hint('c')
    server.pass(10)
    await server.hint('d')
    server.pass(39)
    expect(server.asked).toEqual(['0 all', '0 a b'])
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '0 a b', '50 c d'])
    await server.answer()
    server.pass(50)
    await server.hint('e')
    server.pass(0)
    expect(server.asked.at(-1)).toBe('100 e')
  })

  it('leaves a server that takes long to answer as much rest as it works', async () => {
    await server.start()
    await server.answer([])
    await server.hint('a')
    server.pass(0)
    await server.hint('b')
    server.pass(300)
    await server.answer()
    server.pass(299)
    expect(server.asked).toEqual(['0 all', '0 a'])
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '0 a', '600 b'])
  })

  it('keeps the distance between polls where there are too many hints to name', async () => {
    await server.start()
    await server.answer([])
    const many = Array.from({ length: 1001 }, (_, i) => String(i))
    await server.hint(...many)
    server.pass(0)
    await server.answer([])
    await server.hint(...many)
    server.pass(49)
    expect(server.asked).toEqual(['0 all', '0 all'])
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '0 all', '50 all'])
  })

  it('makes one poll of the hints that come during a poll, after it', async () => {
    await server.start()
    await server.hint('a', 'b')
    server.pass(5000)
    expect(server.asked).toEqual(['0 all'])
    await server.answer([])
    server.pass(0)
    expect(server.asked).toEqual(['0 all', '5000 a b'])
    await server.hint('c')
    await server.answer()
    server.pass(50)
    expect(server.asked).toEqual(['0 all', '5000 a b', '5050 c'])
  })

  it('asks everything when its time has come, and drops the hints that this covers', async () => {
    await server.start()
    await server.answer([])
    server.pass(59_950)
    await server.hint('a')
    server.pass(0)
    await server.answer()
    await server.hint('b')
    server.pass(50)
    expect(server.asked).toEqual(['0 all', '59950 a', '60000 all'])
    await server.answer([])
    server.pass(59_999)
    expect(server.asked).toHaveLength(3)
  })

  it('counts the interval anew from an answer to hints that has asked everything', async () => {
    await server.start()
    await server.answer([])
    server.pass(20_000)
    await server.hint('a')
    server.pass(0)
    await server.answer([])
    server.pass(59_999)
    expect(server.asked).toEqual(['0 all', '20000 a'])
    server.pass(1)
    expect(server.asked.at(-1)).toBe('80000 all')
  })

  it('never cuts a back-off short, and asks everything after it', async () => {
    await server.start()
    await server.refuse(Object.assign(new Error('429'), { retryAfterMs: 90_000 }))
    await server.hint('a')
    server.pass(89_999)
    expect(server.asked).toEqual(['0 all'])
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '90000 all'])
    await server.answer([])
    server.pass(59_999)
    expect(server.asked).toHaveLength(2)
  })

  it('takes the failure of a poll for a hint as that of any poll', async () => {
    await server.start()
    await server.answer([])
    server.pass(100)
    await server.hint('a')
    server.pass(0)
    await server.refuse()
    expect(server.found.at(-1)?.trouble).toMatchObject({ nextTry: 850 })
    server.pass(750)
    expect(server.asked).toEqual(['0 all', '100 a', '850 all'])
  })

  it('asks everything where there are more hints than it can name', async () => {
    await server.start()
    await server.hint(...Array.from({ length: 1001 }, (_, i) => String(i)))
    await server.answer([])
    server.pass(0)
    expect(server.asked).toEqual(['0 all', '0 all'])
  })

  it('asks again as soon as an answer wants that, unless a hint comes first', async () => {
    const again = { hint: 'again', afterMs: 300 }
    await server.start()
    await server.answer({ answer: [], again })
    server.pass(299)
    expect(server.asked).toEqual(['0 all'])
    server.pass(1)
    expect(server.asked).toEqual(['0 all', '300 again'])
    await server.answer({ answer: {}, again })
    server.pass(150)
    await server.hint('a')
    server.pass(0)
    await server.answer()
    server.pass(59_549)
    expect(server.asked).toEqual(['0 all', '300 again', '450 a'])
    server.pass(1)
    expect(server.asked.at(-1)).toBe('60000 all')
  })

  it('empties the groups that only an answer to a hint has named, where answers are whole', async () => {
    const groups = (): readonly (readonly TargetGroup[] | undefined)[] =>
      server.found.map((finding) => finding.groups)
    await server.start({ whole: true })
    const all = [group('x', '1:80')]
    await server.answer(all)
    await server.hint('y')
    server.pass(0)
    await server.answer({ groups: [group('y', '2:80')] })
    server.pass(60_000)
    await server.answer(all)
    expect(groups()).toEqual([all, [group('y', '2:80')], [...all, group('y')]])
    expect(server.found.map(({ complete }) => complete)).toEqual([true, undefined, true])
  })

  it('goes on polling where a watch fails or ends, tries again with back-off, and logs it once', async () => {
    await server.start()
    await server.answer([])
    await server.watches[0]?.fail(new Error('gone'))
    for (const [wait, watches] of [
      [750, 2],
      [1500, 3],
      [3000, 4],
    ] as const) {
      server.pass(wait - 1)
      expect(server.watches).toHaveLength(watches - 1)
      server.pass(1)
      await turn()
      expect(server.watches).toHaveLength(watches)
      await server.watches.at(-1)?.end()
    }
    expect(server.warnings).toEqual(['Unable to watch for changes, polling goes on'])
    expect(server.found.filter(({ trouble }) => trouble)).toEqual([])
    expect(server.asked).toEqual(['0 all'])
    server.pass(6000)
    await turn()
    await server.hint('a')
    server.pass(0)
    expect(server.asked).toEqual(['0 all', '11250 a'])
  })

  it('logs the failure of a watch that had lasted, and waits as after a first one', async () => {
    await server.start()
    await server.watches[0]?.end()
    server.pass(750)
    await turn()
    server.pass(60_001)
    await server.watches[1]?.end()
    server.pass(750)
    await turn()
    expect(server.watches).toHaveLength(3)
    expect(server.warnings).toHaveLength(2)
  })

  it('tries again where a watch is refused, as patiently as the server asks', async () => {
    server.refusal = Object.assign(new Error('busy'), { retryAfterMs: 5000 })
    await server.start()
    server.refusal = undefined
    server.pass(4999)
    await turn()
    expect(server.watches).toHaveLength(0)
    server.pass(1)
    await turn()
    expect(server.watches).toHaveLength(1)
  })

  it('polls alone where there is nothing to watch', async () => {
    await server.start({ watch: () => Promise.resolve(undefined) })
    await server.answer([])
    server.pass(60_000)
    expect(server.asked).toEqual(['0 all', '60000 all'])
    expect(server.warnings).toEqual([])
  })

  it.each<[string, () => Promise<void>]>([
    ['while it polls', async () => {}],
    ['while it waits', () => server.answer([])],
    [
      'while it waits for the time of a hinted poll',
      async () => {
        await server.answer([])
        await server.hint('a')
        server.pass(0)
        await server.answer()
        await server.hint('b')
      },
    ],
    [
      'while it waits to ask again',
      () => server.answer({ answer: [], again: { hint: 'a', afterMs: 1 } }),
    ],
    [
      'while it waits to watch again',
      async () => {
        await server.answer([])
        await server.watches[0]?.end()
      },
    ],
    ['while it backs off', () => server.refuse()],
  ])('frees everything when it is no longer wanted %s', async (_, reach) => {
    await server.start()
    await reach()
    server.subscription?.unsubscribe()
    await turn()
    expect(server.scheduler.pending).toBe(0)
    expect(server.watches.every(({ signal }) => signal.aborted)).toBe(true)
    const asked = [...server.asked]
    await server.hint('late')
    server.pass(120_000)
    expect(server.asked).toEqual(asked)
  })
})
