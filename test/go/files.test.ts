import { EventEmitter } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type * as fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { ProcessMessage, ProcessQuestion } from '../../src/go/file-process.js'
import { Files } from '../../src/go/files.js'

const { hung } = vi.hoisted(() => ({ hung: new Map<string, (error: Error) => void>() }))

// A file system whose folder `/net` does not answer until the test says so.
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fs>()
  const stat = ((file: string, options: { bigint: true }) =>
    file.startsWith('/net/')
      ? new Promise((_, reject) => hung.set(file, reject))
      : real.stat(file, options)) as typeof real.stat
  return { ...real, stat }
})

function nothing(): void {}

/** A process that answers each question at once with its path. */
function echo(): { asked: string[]; start: () => ChildProcess } {
  const asked: string[] = []
  const start = (): ChildProcess => {
    const child = new EventEmitter()
    const send = ({ id, request }: ProcessQuestion): void => {
      asked.push(request.path)
      const message: ProcessMessage = { id, kind: 'answer', value: request.path }
      queueMicrotask(() => child.emit('message', message))
    }
    return Object.assign(child, {
      send,
      kill: nothing,
      ref: nothing,
      unref: nothing,
    }) as unknown as ChildProcess
  }
  return { asked, start }
}

function temporaryFile(text: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'a')
  writeFileSync(file, text)
  return file
}

it('asks in this process while it has places, and elsewhere when calls that hang hold both', async () => {
  const { asked, start } = echo()
  const files = new Files(start)
  onTestFinished(() => files.end())
  const file = temporaryFile('text')
  const silent = ['/net/a', '/net/b'].map((name) =>
    expect(files.stat(name, { withinMs: 20 })).rejects.toMatchObject({ code: 'ERR_FILE_SILENT' }),
  )
  await Promise.all(silent)
  expect([files.silent, files.unanswered, files.running]).toEqual(
    Array.from({ length: 3 }, () => ['/net/a', '/net/b']),
  )
  expect(await files.stat(file)).toBe(file)
  expect(asked).toEqual([file])

  // What hangs is not asked again, here or there.
  await expect(files.stat('/net/a')).rejects.toMatchObject({ code: 'ERR_FILE_SILENT' })
  expect(asked).toEqual([file])

  // A call that comes back gives its place back.
  hung.get('/net/a')?.(new Error('ESTALE'))
  await vi.waitFor(() => expect(files.silent).toEqual(['/net/b']))
  expect(await files.stat(file)).toMatchObject({ kind: 'file', size: 4n })
  expect(asked).toEqual([file])
  hung.get('/net/b')?.(new Error('ESTALE'))
})

it('ends a wait with the reason of its signal, while the call goes on', async () => {
  const files = new Files(echo().start)
  const controller = new AbortController()
  const answer = files.stat('/net/c', { withinMs: 60_000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
  expect(files.running).toEqual(['/net/c'])
  hung.get('/net/c')?.(new Error('ESTALE'))
})

it('lets no second writer wait for a place that a call which hangs holds', async () => {
  const files = new Files(echo().start)
  let comeBack = nothing
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      comeBack = resolve
    })
  await expect(files.step('/net/d', call, 20)).rejects.toMatchObject({ path: '/net/d' })
  const other = vi.fn<() => Promise<string>>(() => Promise.resolve('written'))
  await expect(files.step('/e', other, 60_000)).rejects.toMatchObject({ path: '/e' })
  expect(other).not.toHaveBeenCalled()
  comeBack()
  await vi.waitFor(() => expect(files.silent).toEqual([]))
  expect(await files.step('/e', other)).toBe('written')
})
