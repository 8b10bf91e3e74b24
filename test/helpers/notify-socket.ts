import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { Workspace } from './daemon.js'

// Plays systemd: Node cannot receive datagrams on a unix socket, Python can.
const receiver = `
import os, socket, sys, time
received = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
received.bind(sys.argv[1])
print('BOUND', flush=True)
received.settimeout(60)
stopping = False
try:
    while True:
        message = received.recv(4096).decode().strip().replace('\\n', ' ')
        # systemd-notify asks with a BARRIER whether its message has been taken.
        if message == 'BARRIER=1' and stopping: break
        if message == 'BARRIER=1': continue
        print(message, flush=True)
        stopping = message == 'STOPPING=1'
        # One that is older than the barrier sends nothing more.
        if stopping: received.settimeout(2)
except TimeoutError:
    pass
`

/** The programs that this machine lacks to play systemd. */
export const missingForSystemd: readonly string[] = ['systemd-notify', 'python3'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
)

/** A socket for notifications, and what came on it. */
export interface NotifySocket {
  readonly path: string
  /** The messages so far, one text each. */
  messages(): readonly string[]
  /** All of them, once `STOPPING=1` has come. */
  readonly over: Promise<readonly string[]>
}

/** Listens as systemd does. */
export async function notifySocket(): Promise<NotifySocket> {
  const workspace = new Workspace()
  const path = workspace.path('notify')
  const running = promisify(execFile)('python3', ['-c', receiver, path])
  let text = ''
  running.child.stdout?.on('data', (chunk: Buffer | string) => {
    text += String(chunk)
  })
  if (running.child.stdout !== null) await once(running.child.stdout, 'data')
  const lines = (): readonly string[] =>
    text.split('\n').filter((line) => !/^(?:BOUND)?$/u.test(line))
  const over = running.then(() => {
    workspace.remove()
    return lines()
  })
  return { path, messages: lines, over }
}
