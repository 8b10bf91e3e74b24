#!/usr/bin/env node
import process from 'node:process'
import { runProgram } from './program.js'

process.exitCode = await runProgram(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit: (code) => process.exit(code),
})
