import { PassThrough } from 'node:stream'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { withProgress } from '../../../src/cli/terminal/progress.js'
import { terminalOf } from '../../../src/cli/terminal/terminal.js'

const clear = '\r\u001B[2K'

function setting(isTTY: boolean): {
  readonly scheduler: VirtualTimeScheduler
  readonly terminal: ReturnType<typeof terminalOf>
  readonly written: () => string
} {
  const chunks: string[] = []
  const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const terminal = terminalOf(Object.assign(stream, { isTTY, columns: 20 }), {})
  return { scheduler: new VirtualTimeScheduler(), terminal, written: () => chunks.join('') }
}

/** Lets the time of the scheduler pass, up to a moment. */
function passTo(scheduler: VirtualTimeScheduler, ms: number): void {
  scheduler.maxFrames = ms
  scheduler.flush()
  scheduler.frame = ms
}

describe('progress', () => {
  it('is not shown within the first second', async () => {
    const { scheduler, terminal, written } = setting(true)
    const result = await withProgress(
      terminal,
      'asking',
      (say) => {
        passTo(scheduler, 999)
        say('still asking')
        return Promise.resolve(7)
      },
      scheduler,
    )
    expect([result, written()]).toEqual([7, ''])
  })

  it('is drawn while the work waits, cut to the window, and is gone at its end', async () => {
    const { scheduler, terminal, written } = setting(true)
    await withProgress(
      terminal,
      'asking\u0007 a server with a long name',
      () => {
        passTo(scheduler, 1050)
        return Promise.resolve()
      },
      scheduler,
    )
    expect(written()).toBe(`${clear}asking\\a a server …${clear}`)
  })

  it('is drawn by work that never waits, ten times a second at most', async () => {
    const { scheduler, terminal, written } = setting(true)
    await withProgress(
      terminal,
      'working',
      (say) => {
        for (let ms = 0; ms <= 1250; ms += 10) {
          scheduler.frame = ms
          say(`at ${String(ms)}`)
        }
        return Promise.resolve()
      },
      scheduler,
    )
    expect(written()).toBe(`${clear}at 1000${clear}at 1100${clear}at 1200${clear}`)
  })

  it('is nothing where it is no terminal', async () => {
    const { scheduler, terminal, written } = setting(false)
    await withProgress(
      terminal,
      'working',
      (say) => {
        scheduler.frame = 5000
        say('on')
        return Promise.resolve()
      },
      scheduler,
    )
    expect(written()).toBe('')
  })

  it('is gone when the work fails', async () => {
    const { scheduler, terminal, written } = setting(true)
    const work = withProgress(
      terminal,
      'working',
      () => {
        passTo(scheduler, 1000)
        return Promise.reject(new Error('no'))
      },
      scheduler,
    )
    await expect(work).rejects.toThrow('no')
    expect(written()).toBe(`${clear}working${clear}`)
    expect(scheduler.actions).toEqual([])
  })
})
