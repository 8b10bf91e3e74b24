import { formatReport } from 'muster-sd/run'
import { daemon } from './daemon.js'

const log = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
const group = daemon({
  env: process.env,
  signals: process,
  log,
  onForce: (report) => {
    log(`forced: ${formatReport(report)}`)
    process.exit(130)
  },
})
try {
  const run = group.run()
  log('started')
  await run
  log('good-bye')
} catch (error) {
  log(`failed: ${String(error)}`)
  // An actor that was given up may still hold the process open.
  process.exit(1)
}
