import { describe, expect, it, vi } from 'vitest'
import { type EndingProcess, ProcessEnd } from '../../src/cli/process-end.js'
import { silentLogger } from '../../src/telemetry/index.js'

/** A process that writes down what is done to it. */
function scripted(resources: readonly string[] = []): { done: string[]; process: EndingProcess } {
  const done: string[] = []
  const process = {
    pid: 5,
    abort: () => void done.push('abort'),
    exit: (code: number) => void done.push(`exit ${String(code)}`),
    getActiveResourcesInfo: () => [...resources],
    kill: (pid: number, signal: string) => done.push(`kill ${String(pid)} ${signal}`) > 0,
    removeAllListeners: () => process,
  } as unknown as EndingProcess
  return { done, process }
}

const end = vi.fn<() => void>()
const none = { silent: [], unanswered: [], running: [], end }
const hung = { silent: ['/net/a'], unanswered: ['/net/a', '/net/b'], running: ['/net/a'], end }

describe('ProcessEnd', () => {
  it.each([
    ['exits where no file call hangs', 1, none, [], ['exit 1']],
    ['is SIGTERM for a good end while a file call hangs', 0, hung, [], ['kill 5 SIGTERM', 'abort']],
    ['is SIGKILL for a bad one', 1, hung, [], ['kill 5 SIGKILL', 'abort']],
    [
      'is a signal as well for a call that only Node knows',
      0,
      none,
      ['Timeout', 'FSReqPromise'],
      ['kill 5 SIGTERM', 'abort'],
    ],
  ] as const)('at once %s', (_, code, files, resources, want) => {
    vi.useFakeTimers()
    const { done, process } = scripted(resources)
    new ProcessEnd(process, files).exit(code)
    vi.runAllTimers()
    expect(done).toEqual(want)
    vi.useRealTimers()
  })

  it('soon leaves a process two seconds to end by itself, and names what was left', () => {
    vi.useFakeTimers()
    const warn = vi.fn<typeof silentLogger.warn>()
    const logger = { ...silentLogger, warn }
    const { done, process } = scripted(['TCPSocketWrap'])
    new ProcessEnd(process, none).exitSoon(0, logger)
    vi.advanceTimersByTime(1900)
    expect(done).toEqual([])
    vi.advanceTimersByTime(200)
    expect(done).toEqual(['exit 0'])
    expect(warn.mock.calls[0]?.[1]).toEqual({ files: '', open: 'TCPSocketWrap' })
    vi.useRealTimers()
  })

  it('soon is at once where a file call hangs, after the process that asks as well, and names the files', () => {
    const warn = vi.fn<typeof silentLogger.warn>()
    const { done, process } = scripted()
    vi.useFakeTimers()
    end.mockImplementation(() => void done.push('the other process ends'))
    new ProcessEnd(process, hung).exitSoon(0, { ...silentLogger, warn })
    expect(done).toEqual(['the other process ends', 'kill 5 SIGTERM'])
    expect(warn.mock.calls[0]?.[1]).toEqual({ files: '/net/a, /net/b' })
    vi.useRealTimers()
  })
})
