import { messageOf, OverdueError } from './errors.js'
import type { Group } from './group.js'
import { formatReport } from './report.js'
import { signalActor, type SignalSource } from './signal-actor.js'

/** What {@link runMain} touches of the process; `process` itself fits. */
export interface MainProcess extends SignalSource {
  readonly stderr: { write(text: string): unknown }
  exitCode?: number | string | null | undefined
  exit(code: number): void
}

/**
 * The main function of a daemon: adds the signals to a group, runs it, and ends the process as
 * service managers expect.
 *
 * - SIGINT and SIGTERM stop the group: exit code 0.
 * - A second SIGINT ends the process at once with 130, after a line on stderr that names who blocked.
 * - An actor that fails stops the group: its error goes to stderr, exit code 1.
 * - Actors that were given up when a stop deadline passed are named on stderr, and the process ends with 1
 *   though they may still hold it open.
 *
 * It never rejects.
 * @param group not started yet, and without an actor named `signals`
 * @param main default `process`
 */
export async function runMain(group: Group, main: MainProcess = process): Promise<void> {
  const say = (text: string): void => void main.stderr.write(`${text}\n`)
  const onForce: Parameters<typeof signalActor>[0]['onForce'] = (report) => {
    say(`${group.name}: stopped by force: ${formatReport(report)}`)
    main.exit(130)
  }
  try {
    await group.add(signalActor({ source: main, group, onForce })).run()
    main.exitCode = 0
  } catch (error) {
    say(`${group.name}: ${messageOf(error)}`)
    main.exitCode = 1
    if (isOverdue(error)) main.exit(1)
  }
}

function isOverdue(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOverdue)
  return error instanceof OverdueError
}
