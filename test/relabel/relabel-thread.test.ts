import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  maxWork,
  Relabeler,
  relabelRule,
  RelabelThread,
  type RelabelWorker,
  RelabelWorkError,
  type ThreadAnswer,
  type ThreadJob,
} from '../../src/relabel/index.js'
import { threadWork } from '../../src/relabel/thread-work.js'

type Listener = (value: never) => void

/** A thread that answers when it is told to. */
class FakeWorker implements RelabelWorker {
  readonly jobs: ThreadJob[] = []
  readonly #listeners = new Map<string, Listener>()
  isOver = false

  postMessage(job: ThreadJob): void {
    this.jobs.push(job)
  }

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, listener)
    return this
  }

  removeAllListeners(): this {
    this.#listeners.clear()
    return this
  }

  terminate(): Promise<void> {
    this.isOver = true
    return Promise.resolve()
  }

  answer(value: ThreadAnswer | { readonly error: string }): void {
    this.#listeners.get('message')?.(value as never)
  }

  fail(error: Error): void {
    this.#listeners.get('error')?.(error as never)
  }
}

function stage(options: ConstructorParameters<typeof RelabelThread>[0] = {}) {
  const workers: FakeWorker[] = []
  const thread = new RelabelThread({
    ...options,
    start: () => {
      const worker = new FakeWorker()
      workers.push(worker)
      return worker
    },
  })
  const relabeler = new Relabeler([])
  const ask = (name: string, signal?: AbortSignal): Promise<unknown> =>
    thread.apply(relabeler, [[name, 'v']], 0, signal).catch((error: unknown) => error)
  const worker = (at: number): FakeWorker => workers[at] ?? new FakeWorker()
  return { thread, workers, worker, ask }
}

const applied = (name: string): ThreadAnswer => ({ kind: 'applied', labels: { [name]: 'v' } })

describe('relabelling in a thread', () => {
  afterEach(() => vi.useRealTimers())

  it('is done for one label set after the other, in the order in which they come', async () => {
    const { worker, workers, ask } = stage()
    const answers = [ask('a'), ask('b')]
    expect(worker(0).jobs.map(({ labels }) => labels)).toEqual([[['a', 'v']]])
    worker(0).answer(applied('a'))
    expect(worker(0).jobs).toHaveLength(2)
    worker(0).answer(applied('b'))
    expect(await Promise.all(answers)).toEqual([{ a: 'v' }, { b: 'v' }])
    expect(workers).toHaveLength(1)
  })

  it('fails a label set alone that takes too long, and goes on with another thread', async () => {
    vi.useFakeTimers()
    const { worker, ask } = stage({ timeLimitMs: 5000 })
    const answers = [ask('a'), ask('b')]
    vi.advanceTimersByTime(5000)
    expect(worker(0).isOver).toBe(true)
    worker(1).answer(applied('b'))
    const [slow, next] = await Promise.all(answers)
    expect(slow).toEqual(new RelabelWorkError('the rules take more than 5 s for these labels'))
    expect(next).toEqual({ b: 'v' })
  })

  it('ends the thread when nothing has come for a while', async () => {
    vi.useFakeTimers()
    const { worker, ask } = stage()
    const answer = ask('a')
    worker(0).answer(applied('a'))
    await answer
    vi.advanceTimersByTime(9999)
    expect(worker(0).isOver).toBe(false)
    vi.advanceTimersByTime(1)
    expect(worker(0).isOver).toBe(true)
  })

  it.each<{ title: string; happens: (worker: FakeWorker) => void; message: string }>([
    {
      title: 'makes labels that are too long',
      happens: (worker) => worker.answer({ kind: 'fault', message: 'too long' }),
      message: 'too long',
    },
    {
      title: 'throws',
      happens: (worker) => worker.answer({ error: 'Error: odd' }),
      message: 'Error: odd',
    },
    {
      title: 'ends the thread, out of memory',
      happens: (worker) => worker.fail(new Error('out of memory')),
      message: 'out of memory',
    },
  ])('fails a label set alone that $title', async ({ happens, message }) => {
    const { workers, ask } = stage()
    const answers = [ask('a'), ask('b')]
    happens(workers[0] ?? new FakeWorker())
    workers.at(-1)?.answer(applied('b'))
    expect(await Promise.all(answers)).toMatchObject([{ message }, { b: 'v' }])
  })

  it('gives up what is not wanted any more, done or waiting', async () => {
    const { worker, ask } = stage()
    const [first, second] = [new AbortController(), new AbortController()]
    const answers = [ask('a', first.signal), ask('b', second.signal), ask('c')]
    second.abort()
    expect(worker(0).isOver).toBe(false)
    first.abort()
    expect(worker(0).isOver).toBe(true)
    worker(1).answer(applied('c'))
    expect(await Promise.all(answers)).toMatchObject([
      { message: 'relabelling was given up' },
      { message: 'relabelling was given up' },
      { c: 'v' },
    ])
  })

  it('refuses more than may wait, and everything once it is closed', async () => {
    const { thread, worker, ask } = stage({ maxWaiting: 1 })
    const first = ask('a')
    expect(await ask('b')).toMatchObject({ code: 'ERR_RELABEL_WORK' })
    thread.close()
    expect(worker(0).isOver).toBe(true)
    expect(await first).toMatchObject({ message: 'the pools stop' })
    expect(await ask('c')).toMatchObject({ message: 'the pools stop' })
  })

  it('gives what rules without a limit give', async () => {
    const rules = [
      relabelRule({
        source_labels: ['a'],
        regex: '(.{1,500}).*(.{1,500})',
        target_label: 'b',
        replacement: '$2',
      }),
      relabelRule({ action: 'labeldrop', regex: 'a' }),
    ]
    const thread = new RelabelThread()
    try {
      const relabeler = new Relabeler(rules, 'utf8', maxWork)
      const labels = { a: `${'x'.repeat(100_000)}y` }
      expect(() => relabeler.apply(labels)).toThrow(RelabelWorkError)
      expect(await thread.apply(relabeler, Object.entries(labels), Infinity)).toEqual({ b: 'y' })
      const steps = await thread.explain(relabeler, labels)
      expect(steps.map(({ rule, keep }) => [rule, keep])).toEqual(rules.map((rule) => [rule, true]))
      expect(steps.at(-1)?.output).toEqual({ b: 'y' })
    } finally {
      thread.close()
    }
  })
})

const job = (name: number): ThreadJob => ({
  kind: 'apply',
  rules: [relabelRule({ target_label: 'job', replacement: String(name) })],
  scheme: 'utf8',
  labels: [],
  base: 0,
})

describe('what a thread keeps compiled', () => {
  it('are the rules of a few jobs', () => {
    let compiled = 0
    const run = threadWork((rules, scheme) => {
      compiled += 1
      return new Relabeler(rules, scheme)
    })
    expect(run(job(0))).toEqual({ kind: 'applied', labels: { job: '0' } })
    run(job(0))
    expect(compiled).toBe(1)
    for (let i = 1; i <= 16; i += 1) run(job(i))
    run(job(0))
    expect(compiled).toBe(18)
  })
})
