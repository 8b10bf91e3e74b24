import { describe, expect, it } from 'vitest'
import { StandardStream } from '../../src/cli/standard-stream.js'

/** What the other end does with one write: takes this many bytes, or fails with this code. */
type Step = number | 'EAGAIN' | 'ENOSPC' | 'EPIPE' | 'EIO'

/** A stream whose other end does these steps, one for each write, and then takes everything. */
function streamTo(...steps: readonly Step[]): {
  readonly stream: StandardStream
  readonly written: () => string
  readonly pauses: () => number
} {
  const left = [...steps]
  let written = ''
  let pauses = 0
  const stream = new StandardStream({
    patienceMs: 20,
    pause: () => {
      pauses += 1
    },
    write(chunk, offset) {
      const step = left.shift() ?? chunk.length
      if (typeof step === 'string') throw Object.assign(new Error(step), { code: step })
      const taken = chunk.subarray(offset, offset + step)
      written += taken.toString()
      return taken.length
    },
  })
  stream.on('error', () => {
    throw new Error('it must not fail')
  })
  return { stream, written: () => written, pauses: () => pauses }
}

describe('a standard stream', () => {
  it.each<readonly [title: string, steps: readonly Step[], written: string, lost: number]>([
    ['writes line after line', [], 'one\ntwo\nthree\n', 0],
    ['writes on where a part was taken', [2, 1], 'one\ntwo\nthree\n', 0],
    ['waits for a slow reader', ['EAGAIN', 1, 'EAGAIN'], 'one\ntwo\nthree\n', 0],
    ['loses the lines that a full disk does not take', ['ENOSPC', 'ENOSPC'], 'three\n', 2],
    ['loses the lines that nothing reads', ['EPIPE', 'EPIPE', 'EPIPE'], '', 3],
    ['loses the lines for a terminal that was closed', ['EIO'], 'two\nthree\n', 1],
    ['ends a line that was cut before the next one', [2, 'ENOSPC'], 'on\ntwo\nthree\n', 1],
  ])('%s', (_, steps, expected, lost) => {
    const { stream, written } = streamTo(...steps)
    for (const line of ['one\n', 'two\n', 'three\n']) stream.write(line)
    expect(written()).toBe(expected)
    expect(stream.lost).toBe(lost)
  })

  it('waits once for a reader that has stopped, and again when it has read something', () => {
    const stopped = Array.from({ length: 5 }, (): Step => 'EAGAIN')
    const { stream, written, pauses } = streamTo(...stopped, 'EAGAIN', 4, ...stopped)
    for (const line of ['one\n', 'two\n', 'thr\n', 'for\n', 'fiv\n']) stream.write(line)
    expect(written()).toBe('thr\nfiv\n')
    expect(stream.lost).toBe(3)
    expect(pauses()).toBe(8)
  })
})
