import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import type { Row } from './row.js'

const page = path.resolve(import.meta.dirname, '../../../docs/reliability.md')
const markers = /(<!-- faults: begin[^>]*-->\n)[^]*(\n<!-- faults: end -->)/u

/**
 * Writes the table of the fault suite into docs/reliability.md, when MUSTER_WRITE_DOCS is set and
 * every fault was endured. Otherwise it only says which faults the page does not have.
 */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => test.meta().faultRow ?? []),
    )
    const isGood = modules.every((module) => module.state() === 'passed')
    const before = readFileSync(page, 'utf8')
    if (process.env['MUSTER_WRITE_DOCS'] !== undefined && isGood) {
      writeFileSync(page, before.replace(markers, `$1${tableOf(rows).replaceAll('$', '$$$$')}$2`))
      process.stdout.write(`wrote ${String(rows.length)} faults to ${page}\n`)
      return
    }
    const unknown = rows.filter(({ fault }) => !before.includes(`| ${fault} |`))
    for (const { fault } of unknown) process.stdout.write(`not in docs/reliability.md: ${fault}\n`)
  }
}

function tableOf(rows: readonly Row[]): string {
  const sorted = rows.toSorted((a, b) => (a.part < b.part ? -1 : Number(a.part > b.part)))
  const lines = sorted.map(({ part, fault, kept, shown, recoveryMs }) =>
    [part, fault, kept, shown, `${(recoveryMs / 1000).toFixed(1)} s`]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  )
  const head = ['part | fault | what was kept | how it showed | time to recover']
  return [...head, '--- | --- | --- | --- | ---', ...lines].map((line) => `| ${line} |`).join('\n')
}
