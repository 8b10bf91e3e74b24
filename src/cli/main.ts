#!/usr/bin/env node
import process from 'node:process'

// Without a listener SIGHUP ends a process, and it may come while the program is still being loaded,
// or while it stops. Nothing is lost by ignoring it then: until the reloader listens, the config has
// not been read, and after that it is not needed. So this is first, and the rest is no static import:
// those would be loaded before it.
process.on('SIGHUP', () => {})
const { runProgram } = await import('./program.js')

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit: (code) => process.exit(code),
})
