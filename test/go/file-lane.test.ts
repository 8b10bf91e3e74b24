import { describe, expect, it, vi } from 'vitest'
import { FileLane, FileSilentError } from '../../src/go/file-lane.js'

function forget(value: string): void {
  throw new Error(`${value}: the work has not begun`)
}

/** Work that comes back when it is told to. */
function scripted(): {
  readonly work: (beat: () => void) => Promise<string>
  beat: () => void
  comeBack: (value: string) => void
} {
  const script = {
    beat: (): void => undefined,
    comeBack: forget,
    work: (beat: () => void): Promise<string> => {
      script.beat = beat
      return new Promise((resolve) => {
        script.comeBack = resolve
      })
    },
  }
  return script
}

describe('FileLane', () => {
  it('gives up work that stands still, and keeps its place until it comes back', async () => {
    vi.useFakeTimers()
    const lane = new FileLane(1)
    const hung = scripted()
    expect(lane.take()).toBe(true)
    const answer = lane.run('/net/a', 1000, hung.work)
    const failed = expect(answer).rejects.toBeInstanceOf(FileSilentError)
    await vi.advanceTimersByTimeAsync(900)
    hung.beat()
    await vi.advanceTimersByTimeAsync(900)
    expect(lane.silent).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    await failed
    expect(lane.silent).toEqual(['/net/a'])
    expect(lane.isSilent('/net/a')).toBe(true)
    expect(await lane.wait(1000)).toBe(false)
    hung.comeBack('late')
    await vi.advanceTimersByTimeAsync(1)
    expect(lane.silent).toEqual([])
    expect(await lane.wait(1000)).toBe(true)
    vi.useRealTimers()
  })

  it('takes an answer that came while the event loop was held, though its time is over', async () => {
    const lane = new FileLane(1)
    lane.take()
    const answer = lane.run('/a', 20, () => new Promise((resolve) => setImmediate(resolve, 'yes')))
    const end = performance.now() + 60
    while (performance.now() < end);
    expect(await answer).toBe('yes')
  })

  it('gives a place that becomes free to the one that waited longest', async () => {
    vi.useFakeTimers()
    const lane = new FileLane(1)
    const first = scripted()
    lane.take()
    const answer = lane.run('/a', 10_000, first.work)
    const told: string[] = []
    const second = scripted()
    const one = lane.wait(5000).then((has) => {
      told.push(`one ${String(has)}`)
      void lane.run('/b', 10_000, second.work)
    })
    const two = lane.wait(5000).then((has) => told.push(`two ${String(has)}`))
    first.comeBack('done')
    expect(await answer).toBe('done')
    await one
    expect(told).toEqual(['one true'])
    await vi.advanceTimersByTimeAsync(6000)
    await two
    expect(told).toEqual(['one true', 'two false'])
    vi.useRealTimers()
  })

  it('lets many wait as long as work goes on, however long that takes', async () => {
    vi.useFakeTimers()
    const lane = new FileLane(1)
    const told: boolean[] = []
    lane.take()
    const first = scripted()
    const done = lane.run('/a', 10_000, first.work)
    const last = lane.wait(500).then((has) => told.push(has))
    for (let i = 0; i < 10; i += 1) {
      await vi.advanceTimersByTimeAsync(400)
      first.beat()
    }
    expect(told).toEqual([])
    first.comeBack('done')
    await Promise.all([done, last])
    expect(told).toEqual([true])
    vi.useRealTimers()
  })

  it('takes a place that was just given for work that goes on', async () => {
    vi.useFakeTimers()
    const lane = new FileLane(1)
    lane.take()
    const told: boolean[] = []
    const waiting = lane.wait(500).then((has) => told.push(has))
    await vi.advanceTimersByTimeAsync(400)
    expect(told).toEqual([])
    await lane.run('/a', 10_000, () => Promise.resolve(1))
    await waiting
    expect(told).toEqual([true])
    vi.useRealTimers()
  })

  it('lets no one wait for work that has stood still for as long already', async () => {
    vi.useFakeTimers()
    const lane = new FileLane(1)
    lane.take()
    void lane.run('/a', 10_000, scripted().work)
    await vi.advanceTimersByTimeAsync(700)
    let has: boolean | undefined
    const waited = lane.wait(500).then((told) => (has = told))
    await vi.advanceTimersByTimeAsync(1)
    await waited
    expect(has).toBe(false)
    vi.useRealTimers()
  })
})
