import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { FileRequest } from '../../src/go/file-call.js'
import {
  FileProcess,
  FileProcessEndedError,
  type ProcessMessage,
  type ProcessQuestion,
  processThreads,
} from '../../src/go/file-process.js'

/** A child process that answers what the test says. */
class ScriptedChild extends EventEmitter {
  readonly questions: ProcessQuestion[] = []
  readonly killed: string[] = []
  isHeld = false

  send(question: ProcessQuestion, done: (error: Error | null) => void): void {
    this.questions.push(question)
    done(null)
  }

  kill(signal: string): void {
    this.killed.push(signal)
  }

  ref(): void {
    this.isHeld = true
  }

  unref(): void {
    this.isHeld = false
  }

  say(message: ProcessMessage): void {
    this.emit('message', message)
  }
}

function scripted(): { files: FileProcess; children: ScriptedChild[] } {
  const children: ScriptedChild[] = []
  const files = new FileProcess(() => {
    const child = new ScriptedChild()
    children.push(child)
    return child as unknown as ChildProcess
  })
  onTestFinished(() => files.end())
  return { files, children }
}

const stat = (path: string): FileRequest => ({ ask: 'stat', path })

it('starts one process at the first question, and keeps this one alive while an answer is due', async () => {
  const { files, children } = scripted()
  const answers = [files.ask(stat('/a'), 10), files.ask(stat('/b'), 10)]
  const [child] = children
  expect(children).toHaveLength(1)
  expect(child?.questions.map(({ request }) => request.path)).toEqual(['/a', '/b'])
  child?.say({ id: 2, kind: 'answer', value: 'of b' })
  expect(child?.isHeld).toBe(true)
  child?.say({ id: 1, kind: 'error', error: { isRefusal: true, message: 'no', details: {} } })
  expect(child?.isHeld).toBe(false)
  await expect(answers[1]).resolves.toBe('of b')
  await expect(answers[0]).rejects.toMatchObject({ code: 'ERR_FILE_REFUSED', message: 'no' })
})

it('names a path that does not answer until its call has come back', async () => {
  const { files, children } = scripted()
  const answer = files.ask(stat('/net/a'), 10)
  children[0]?.say({ id: 1, kind: 'silent' })
  await expect(answer).rejects.toMatchObject({ code: 'ERR_FILE_SILENT', path: '/net/a' })
  expect([files.silent, files.isSilent('/net/a'), files.isSilent('/net')]).toEqual([
    ['/net/a'],
    true,
    false,
  ])
  children[0]?.say({ id: 1, kind: 'over' })
  expect(files.silent).toEqual([])
})

it('ends the process after half a minute without a question, and starts another one then', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { files, children } = scripted()
  const first = files.ask(stat('/a'), 10)
  children[0]?.say({ id: 1, kind: 'answer', value: 1 })
  await first
  vi.advanceTimersByTime(29_000)
  expect(children[0]?.killed).toEqual([])
  vi.advanceTimersByTime(2000)
  expect(children[0]?.killed).toEqual(['SIGKILL'])
  const second = files.ask(stat('/a'), 10)
  expect(children).toHaveLength(2)
  children[1]?.say({ id: 2, kind: 'answer', value: 2 })
  await expect(second).resolves.toBe(2)
})

it('starts another process when half of the threads hang, but no fifth one while four do not end', async () => {
  const { files, children } = scripted()
  let id = 0
  const useUp = async (): Promise<void> => {
    for (let i = 0; i <= processThreads / 2; i += 1) {
      const answer = files.ask(stat(`/net/${String((id += 1))}`), 10)
      children.at(-1)?.say({ id, kind: 'silent' })
      await expect(answer).rejects.toThrow('does not answer')
    }
  }
  for (let i = 0; i < 4; i += 1) await useUp()
  expect(children).toHaveLength(4)
  await expect(files.ask(stat('/a'), 10)).rejects.toBeInstanceOf(FileProcessEndedError)
  expect(children.every(({ killed }) => killed.includes('SIGKILL'))).toBe(true)
  expect(files.silent).toEqual([])
  children[0]?.emit('close')
  const answer = files.ask(stat('/a'), 10)
  expect(children).toHaveLength(5)
  children[4]?.say({ id: id + 1, kind: 'answer', value: 1 })
  await expect(answer).resolves.toBe(1)
})

it.each(['exit', 'error'])(
  'fails what was asked at "%s", and asks another one next',
  async (event) => {
    const { files, children } = scripted()
    const answer = files.ask(stat('/a'), 10)
    children[0]?.emit(event, new Error('ENOMEM'))
    await expect(answer).rejects.toBeInstanceOf(FileProcessEndedError)
    const next = files.ask(stat('/a'), 10)
    children[1]?.say({ id: 2, kind: 'answer', value: 1 })
    await expect(next).resolves.toBe(1)
  },
)
