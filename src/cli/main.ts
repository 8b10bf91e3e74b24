#!/usr/bin/env node
import process from 'node:process'

// Without a listener SIGHUP ends a process, and it may come while the program is still being loaded,
// or while it stops. Nothing is lost by ignoring it then: until the reloader listens, the config has
// not been read, and after that it is not needed. So this is first, and the rest is no static import:
// those would be loaded before it.
process.on('SIGHUP', () => {})
try {
  const { runProgram } = await import('./program.js')
  process.exitCode = await runProgram(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    exit: (code) => process.exit(code),
  })
} catch (error) {
  // The program's own files are loaded many at once, before anything else can say what is wrong.
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || (code !== 'EMFILE' && code !== 'ENFILE')) throw error
  process.stderr.write(
    `muster: ${error.message}\nRaise the limit of open files (ulimit -n): 256 at least.\n`,
  )
  process.exitCode = 1
}
