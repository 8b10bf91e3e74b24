#!/usr/bin/env node
import process from 'node:process'
import type { SignalSource } from '../run/index.js'

// Without a listener SIGHUP ends a process, and it may come while the program is still being loaded,
// or while it stops. Nothing is lost by ignoring it then: until the reloader listens, the config has
// not been read, and after that it is not needed. So this is first, and the rest is no static import:
// those would be loaded before it.
process.on('SIGHUP', () => {})
// Without a listener Node opens its debugger at this signal, to everyone on this machine.
process.on('SIGUSR1', () => {})
// The first process of a container gets no signal that it does not listen for: a stop while the program is being loaded
// would be lost. Every other process ends by the signal itself.
const early = process.pid === 1 ? (['SIGTERM', 'SIGINT'] as const) : []
const endEarly = (_: NodeJS.Signals, number: number): void => process.exit(128 + number)
for (const signal of early) process.on(signal, endEarly)
/** The signals of this process; who listens for one takes it over. */
const signals: SignalSource = {
  on(signal, listener) {
    process.off(signal, endEarly)
    process.on(signal, listener)
  },
  off: (signal, listener) => process.off(signal, listener),
}

/** Imports after the signals are taken care of, like everything else. */
async function main(): Promise<void> {
  const { setV8Memory } = await import('./v8-memory.js')
  const { enableLinearFallback } = await import('../relabel/regex/v8-linear-engine.js')
  const { keepCompiledCode } = await import('./compile-cache.js')
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ')
  const keepMemory = setV8Memory(options)
  enableLinearFallback()
  const keepCode = keepCompiledCode(process)
  const { endWithoutTerminal } = await import('./closed-terminal.js')
  const { StandardStream } = await import('./standard-stream.js')
  endWithoutTerminal(process)
  const { asksForJson, faultsAsJson } = await import('./faults.js')
  const stdout = StandardStream.of(1, 10_000)
  const stderr = StandardStream.of(2, 100)
  if (asksForJson(process.argv)) faultsAsJson(process, stderr)
  const { runProgram } = await import('./program.js')
  const { processFiles } = await import('../go/files.js')
  const { ProcessEnd } = await import('./process-end.js')
  const end = new ProcessEnd(process, processFiles)
  process.exitCode = await runProgram(process.argv.slice(2), {
    env: process.env,
    stdout,
    stderr,
    lostLogLines: () => stderr.lost,
    signals,
    ready() {
      // Before another flag of V8 is set.
      keepCode()
      keepMemory()
    },
    exit: (code) => end.exit(code),
    exitSoon: (code, logger) => end.exitSoon(code, logger),
  })
  end.exitIfHeld(process.exitCode)
}

// What it rejects with ends the process, as what is thrown does.
void main()
