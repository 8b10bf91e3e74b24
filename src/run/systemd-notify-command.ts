import type { NotifySend } from './systemd-notifier.js'
import { checkMs, timerMs } from './timer-ms.js'

/** What {@link systemdNotifyCommand} is given. */
export interface SystemdNotifyCommandOptions {
  /** The environment of the command; it has to hold NOTIFY_SOCKET. */
  readonly env: NodeJS.ProcessEnv
  /** Default `systemd-notify`, found through PATH. */
  readonly command?: string
  /** Milliseconds for one message. Default 5 s. */
  readonly timeoutMs?: number
}

/**
 * Sends notifications through systemd's own `systemd-notify`, because Node has no unix datagram
 * sockets. The message then comes from a child process: the unit needs `NotifyAccess=all`. Where a
 * process for each message is too much, give `systemdNotifier` a `send` over a native module.
 * @throws GroupUsageError when `timeoutMs` is negative or NaN
 */
export function systemdNotifyCommand(options: SystemdNotifyCommandOptions): NotifySend {
  const { env, command = 'systemd-notify', timeoutMs = 5_000 } = options
  checkMs('systemdNotifyCommand: timeoutMs', timeoutMs)
  const timeout = Math.ceil(timerMs(timeoutMs))
  return async (lines) => {
    // Loaded by the first message: it is the only heavy import here, and few daemons need it.
    const { execFile } = await import('node:child_process')
    await new Promise<void>((resolve, reject) => {
      execFile(command, [...lines], { env, timeout }, (error) => {
        if (error === null) resolve()
        else reject(new NotifyError(command, lines, error))
      })
    })
  }
}

/** A notification could not be sent. `cause` is what running the command gave. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError'
  readonly code = 'ERR_RUN_NOTIFY'

  constructor(command: string, lines: readonly string[], cause: Error) {
    super(`${command} ${lines.join(' ')}: ${cause.message}`, { cause })
  }
}
