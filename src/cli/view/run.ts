import { redactUrl } from '../../go/url.js'
import { visibleLine } from '../../go/visible.js'
import type { HttpClient } from '../../http/index.js'
import type { Host } from '../host.js'
import { print, printLines } from '../print.js'
import { serverClient } from '../server-client.js'
import { documentText, type Plain } from '../terminal/document.js'
import { withProgress } from '../terminal/progress.js'
import { type Line, styled } from '../terminal/styled.js'
import { type Terminal, terminalOf } from '../terminal/terminal.js'
import { AskError, MusterApi } from '../why/api.js'
import type { ViewFlags } from './view-flags.js'

/** What a look at the server found. */
export interface Look {
  /** For programs. */
  readonly document: Plain
  /** For people. @param width columns of the window */
  lines(width: number, isWide: boolean): readonly Line[]
  /** What is found, or active where that is asked for: otherwise the command ends with 1. */
  readonly isFound: boolean
}

const good = 0
const none = 1
const unknown = 3

/**
 * Shows what a running muster says, once or until Ctrl-C.
 * @param name of the command
 * @param look asks the server
 * @returns the exit code: 0 for something found, 1 for nothing, 3 when the server cannot be asked
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function view(
  name: string,
  flags: ViewFlags,
  host: Host,
  userAgent: string,
  look: (api: MusterApi) => Promise<Look>,
): Promise<number> {
  const client = await serverClient(flags, host, userAgent)
  try {
    return flags.watch === undefined
      ? await once(name, flags, host, client, look)
      : await watch(name, flags, host, client, look, flags.watch)
  } finally {
    await client.close()
  }
}

type Ask = (api: MusterApi) => Promise<Look>

async function once(
  name: string,
  flags: ViewFlags,
  host: Host,
  client: HttpClient,
  look: Ask,
): Promise<number> {
  const out = terminalOf(host.stdout, host.env)
  try {
    const found = await withProgress(
      terminalOf(host.stderr, host.env),
      `asking ${redactUrl(flags.url)}`,
      () => look(new MusterApi(client, flags.url, flags.timeout)),
    )
    show(found, flags, out)
    return found.isFound ? good : none
  } catch (error) {
    if (!(error instanceof AskError)) throw error
    print(host.stderr, visibleLine(`muster ${name}: ${error.message}`))
    return unknown
  }
}

function show(found: Look, { output }: ViewFlags, out: Terminal): void {
  if (output === 'json' || output === 'yaml')
    print(out.stream, documentText(found.document, output))
  else printLines(out, found.lines(out.columns, output === 'wide'))
}

// To the top left corner; each line clears what is left of it, and the last clears what is below.
const home = '\u001B[H'
const clearScreen = '\u001B[2J'
const clearLine = '\u001B[K'
const clearBelow = '\u001B[J'

/** Shows it again and again. On a terminal in place; elsewhere one after the other, when something has changed. */
async function watch(
  name: string,
  flags: ViewFlags,
  host: Host,
  client: HttpClient,
  look: Ask,
  everyMs: number,
): Promise<number> {
  const out = terminalOf(host.stdout, host.env)
  const stop = new AbortController()
  const end = (): void => stop.abort()
  for (const signal of signals) host.signals.on(signal, end)
  let code = unknown
  let last = ''
  try {
    while (!stop.signal.aborted && !out.isGone) {
      const lines = await looked(look, flags, client, stop.signal)
      if (stop.signal.aborted) break
      if (lines instanceof AskError) {
        // A server that restarts is back in a moment; one that never answered is a mistake in the flags.
        if (code === unknown) {
          print(host.stderr, visibleLine(`muster ${name}: ${lines.message}`))
          return unknown
        }
        last = draw(out, [styled('red', lines.message)], flags, last)
      } else {
        code = lines.isFound ? good : none
        last = draw(out, lines, flags, last)
      }
      await pause(everyMs, stop.signal)
    }
    return code
  } finally {
    for (const signal of signals) host.signals.off(signal, end)
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

async function looked(
  look: Ask,
  flags: ViewFlags,
  client: HttpClient,
  signal: AbortSignal,
): Promise<Look | AskError> {
  try {
    return await look(new MusterApi(client, flags.url, flags.timeout, signal))
  } catch (error) {
    if (error instanceof AskError) return error
    throw error
  }
}

/** @returns what is shown now */
function draw(
  out: Terminal,
  found: Look | readonly Line[],
  flags: ViewFlags,
  last: string,
): string {
  const { output } = flags
  if (!('lines' in found)) {
    if (out.isTerminal) printLines(out, found, { before: `${home}${clearLine}` })
    return ''
  }
  const isDocument = output === 'json' || output === 'yaml'
  if (isDocument || !out.isTerminal) {
    const text = documentText(found.document, output === 'yaml' ? 'yaml' : 'json')
    if (text !== last) show(found, flags, out)
    return text
  }
  const lines = found.lines(out.columns, output === 'wide')
  const room = Math.max(2, out.rows - 1)
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 2), '…', lines.at(-1) ?? '']
  const before = last === '' ? `${clearScreen}${home}` : home
  printLines(out, shown, { before, lineEnd: clearLine, after: clearBelow })
  return 'drawn'
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const stop = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(stop, ms)
    signal.addEventListener('abort', stop)
  })
}
