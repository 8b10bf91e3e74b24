// A process of its own: does file calls for the one that started it (file-process.ts).
import process from 'node:process'
import { askFile } from './file-call.js'
import { FileLane, FileSilentError } from './file-lane.js'
import {
  plainError,
  type ProcessMessage,
  type ProcessQuestion,
  processThreads,
} from './file-process.js'

const lane = new FileLane(processThreads)

function send(message: ProcessMessage): void {
  process.send?.(message, undefined, undefined, () => {
    // It cannot be sent when the other process has ended, and then this one ends too.
  })
}

async function take({ id, request, withinMs }: ProcessQuestion): Promise<void> {
  try {
    if (!(await lane.wait(withinMs))) throw new FileSilentError(request.path)
  } catch {
    send({ id, kind: 'silent' })
    send({ id, kind: 'over' })
    return
  }
  // After the answer, where there was one in time: it adds nothing then.
  const work = async (beat: () => void): Promise<unknown> => {
    try {
      return await askFile(request, beat)
    } finally {
      setImmediate(() => send({ id, kind: 'over' }))
    }
  }
  try {
    send({ id, kind: 'answer', value: await lane.run(request.path, withinMs, work) })
  } catch (error) {
    if (error instanceof FileSilentError) send({ id, kind: 'silent' })
    else send({ id, kind: 'error', error: plainError(error) })
  }
}

// A Ctrl-C goes to the whole group of processes; when to end is the other one's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) {
  process.on(signal, () => {})
}
process.on('message', (question) => void take(question as ProcessQuestion))
// Not by exit(): that waits for the threads that hang.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
