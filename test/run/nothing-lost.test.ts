import { describe, expect, it } from 'vitest'
import {
  type Actor,
  type ActorError,
  type AddOptions,
  Gate,
  Group,
  type GroupError,
} from '../../src/run/index.js'

/** A small generator of numbers in [0, 1), the same ones for the same seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** What one actor of a random group does, and what happened to it. */
class RandomActor implements Actor {
  readonly name: string
  executed = 0
  interrupted = 0
  readonly thrown: Error[] = []
  readonly #pick: <T>(...choices: readonly T[]) => T
  readonly #over: Gate
  #fails = false

  constructor(name: string, pick: RandomActor['chooser']) {
    this.name = name
    this.#pick = pick
    this.#over = new Gate(name)
  }

  get chooser(): <T>(...choices: readonly T[]) => T {
    return this.#pick
  }

  execute(): Promise<void> {
    this.executed += 1
    const how = this.#pick('wait', 'wait', 'wait', 'wait', 'throw', 'reject', 'resolve', 'late')
    if (how === 'throw') throw this.#error()
    if (how === 'reject') return Promise.reject(this.#error())
    if (how === 'resolve') return Promise.resolve()
    if (how === 'late') setImmediate(() => this.#end())
    return this.#wait()
  }

  interrupt(): void | Promise<void> {
    this.interrupted += 1
    const how = this.#pick('end', 'end', 'end', 'later', 'throw', 'reject')
    if (how === 'later') setImmediate(() => this.#end())
    else this.#end()
    if (how === 'throw') throw this.#error()
    if (how === 'reject') return Promise.reject(this.#error())
  }

  async #wait(): Promise<void> {
    await this.#over.opened
    if (this.#fails) throw this.#error()
  }

  #end(): void {
    this.#fails = this.#pick(false, false, true)
    this.#over.open()
  }

  #error(): Error {
    const error = new Error(`${this.name} ${String(this.thrown.length)}`)
    this.thrown.push(error)
    return error
  }
}

/** Builds a group of up to ten actors with random gates and a random order to stop in. */
function randomGroup(seed: number, onLateError?: (error: ActorError) => void) {
  const random = numbers(seed)
  const pick: RandomActor['chooser'] = (...choices) => {
    const choice = choices[Math.floor(random() * choices.length)]
    if (choice === undefined) throw new Error('nothing to choose from')
    return choice
  }
  const open = new Gate('open')
  open.open()
  const opensLater = new Gate('opens later')
  setImmediate(() => opensLater.open())
  const never = new Gate('never')
  const group = new Group(onLateError === undefined ? {} : { onLateError })
  const actors: RandomActor[] = []
  const count = 1 + Math.floor(random() * 10)
  for (let i = 0; i < count; i += 1) {
    const actor = new RandomActor(`a${String(i)}`, pick)
    const after = i === 0 ? [] : pick<readonly Gate[]>([], [], [open], [opensLater], [never])
    const stopAfter = actors.filter(() => random() < 0.2).map(({ name }) => name)
    const options: AddOptions = stopAfter.length > 0 ? { after, stopAfter } : { after }
    group.add(actor, options)
    actors.push(actor)
  }
  // Somebody has to be the first to end, or a group of patient actors would run for ever.
  setImmediate(() => setImmediate(() => group.interrupt()))
  return { group, actors }
}

const seeds = Array.from({ length: 300 }, (_, i) => i)

describe('in 300 random groups', () => {
  it('every error that was thrown comes out once, by onLateError or as the outcome', async () => {
    for (const seed of seeds) {
      const late: unknown[] = []
      const { group, actors } = randomGroup(seed, (error) => late.push(error.cause))
      const outcome: unknown[] = []
      await group.run().catch((error: unknown) => outcome.push(error))
      const thrown = actors.flatMap((actor) => actor.thrown)
      expect(new Set([...outcome, ...late]), `seed ${String(seed)}`).toEqual(new Set(thrown))
      expect(outcome.length + late.length, `seed ${String(seed)}`).toBe(thrown.length)
    }
  })

  it('every error that was thrown is in the rejection where nobody takes late ones', async () => {
    for (const seed of seeds) {
      const { group, actors } = randomGroup(seed)
      const outcome: unknown[] = []
      await group.run().catch((error: unknown) => outcome.push(error))
      const thrown = actors.flatMap((actor) => actor.thrown)
      const [error] = outcome
      const found = isGroupError(error) ? error.errors.map(causeOf) : outcome
      expect(new Set(found), `seed ${String(seed)}`).toEqual(new Set(thrown))
    }
  })

  it('every actor that was executed is interrupted once, and no other', async () => {
    for (const seed of seeds) {
      const { group, actors } = randomGroup(seed, () => {})
      await group.run().catch(() => {})
      const counts = actors.map(({ executed, interrupted }) => [executed, interrupted])
      expect(
        counts.filter(([executed, interrupted]) => executed !== interrupted),
        `seed ${String(seed)}`,
      ).toEqual([])
      expect(group.blockers()).toEqual([])
    }
  })
})

function isGroupError(error: unknown): error is GroupError {
  return error instanceof AggregateError
}

/** The actor's own error: the first of a group is bare, the later ones are wrapped. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}
