import { describe, expect, it, vi } from 'vitest'
import { FileSilentError } from '../../../src/go/file-lane.js'
import { SharedLook } from '../../../src/web/protect/shared-look.js'

describe('SharedLook', () => {
  it('is shared by all who want one meanwhile, and waited for no longer than a second', async () => {
    vi.useFakeTimers()
    const looks = new SharedLook<number>()
    let begun = 0
    let finish: ((value: number) => void) | undefined
    const begin = (): Promise<number> => {
      begun += 1
      return new Promise((resolve) => {
        finish = resolve
      })
    }
    const first = expect(looks.take(begin)).rejects.toBeInstanceOf(FileSilentError)
    await vi.advanceTimersByTimeAsync(1001)
    await first
    await expect(looks.take(begin)).rejects.toBeInstanceOf(FileSilentError)
    expect(begun).toBe(1)
    finish?.(1)
    await vi.advanceTimersByTimeAsync(0)
    const next = looks.take(begin)
    finish?.(2)
    expect(await next).toBe(2)
    expect(begun).toBe(2)
    vi.useRealTimers()
  })
})
