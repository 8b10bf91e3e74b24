import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setV8Memory, type V8Settings } from '../../src/cli/v8-memory.js'

const mebibyte = 1 << 20

/** A V8 whose space for new objects has this size. */
class FakeV8 implements V8Settings {
  readonly flags: string[] = []
  size: number

  constructor(size: number) {
    this.size = size
  }

  setFlag(flag: string): void {
    this.flags.push(flag)
  }

  youngBytes(): number {
    return this.size
  }
}

const httpParser = '--wasm-tiering-budget=2000000000'
const growsNoMore = '--semi-space-growth-factor=1'

describe('the memory settings of V8', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('end the growth of the space for new objects once the daemon is loaded', () => {
    const v8 = new FakeV8(16 * mebibyte)
    const ready = setV8Memory('', v8)
    expect(v8.flags).toEqual([httpParser])
    ready()
    expect(v8.flags).toEqual([httpParser, growsNoMore])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('let it grow to eight mebibytes, and as much again to copy to', () => {
    const v8 = new FakeV8(8 * mebibyte)
    setV8Memory('', v8)()
    vi.advanceTimersByTime(5000)
    expect(v8.flags).toEqual([httpParser])
    v8.size = 16 * mebibyte
    vi.advanceTimersByTime(1000)
    expect(v8.flags).toEqual([httpParser, growsNoMore])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['--max-semi-space-size=64', '--inspect --max_semi_space_size=64'])(
    'leave the space alone where Node was started with %s',
    (options) => {
      const v8 = new FakeV8(16 * mebibyte)
      setV8Memory(options, v8)()
      expect(v8.flags).toEqual([httpParser])
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it.each(['--no-wasm-tier-up', '--liftoff-only'])(
    'leave WebAssembly alone where Node was started with %s',
    (options) => {
      const v8 = new FakeV8(16 * mebibyte)
      setV8Memory(options, v8)()
      expect(v8.flags).toEqual([growsNoMore])
    },
  )
})
