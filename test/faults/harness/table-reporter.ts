import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import type { Row, Sample } from './row.js'

const page = path.resolve(import.meta.dirname, '../../../docs/reliability.md')

/**
 * Writes what the fault suite and the soak found into docs/reliability.md, when MUSTER_WRITE_DOCS is
 * set and all went well. Otherwise it prints the soak's table, and says which faults the page lacks.
 */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const rows = tests.flatMap((test) => test.meta().faultRow ?? [])
    const samples = tests.flatMap((test) => test.meta().soak ?? [])
    const isGood = modules.every((module) => module.state() === 'passed')
    const mayWrite = process.env['MUSTER_WRITE_DOCS'] !== undefined && isGood
    if (samples.length > 0) {
      const table = soakTable(samples)
      process.stdout.write(`${table}\n`)
      if (mayWrite) write('soak', table)
    }
    if (rows.length > 0) {
      if (mayWrite) write('faults', faultTable(rows))
      else tellUnknown(rows)
    }
  }
}

/** Replaces what stands between the markers of that name. */
function write(name: string, table: string): void {
  const begin = `<!-- ${name}: begin -->`
  const end = `<!-- ${name}: end -->`
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`)
  writeFileSync(page, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`)
}

function tellUnknown(rows: readonly Row[]): void {
  const text = readFileSync(page, 'utf8')
  const unknown = rows.filter(({ fault }) => !text.includes(`| ${fault} |`))
  for (const { fault } of unknown) process.stdout.write(`not in docs/reliability.md: ${fault}\n`)
}

function faultTable(rows: readonly Row[]): string {
  const sorted = rows.toSorted((a, b) => a.part.localeCompare(b.part, 'en'))
  return tableOf(
    ['part', 'fault', 'what was kept', 'how it showed', 'time to recover'],
    sorted.map(({ part, fault, kept, shown, recoveryMs }) => {
      return [part, fault, kept, shown, `${(recoveryMs / 1000).toFixed(1)} s`]
    }),
  )
}

function soakTable(samples: readonly Sample[]): string {
  const columns = ['changes', 'reloads', 'refusals', 'troubles', 'files', 'timers'] as const
  return tableOf(
    ['after', ...columns, 'memory in use', 'resident'],
    samples.map((sample) => [
      sample.at,
      ...columns.map((column) => String(sample[column])),
      `${sample.memoryMb.toFixed(1)} MB`,
      `${sample.residentMb.toFixed(0)} MB`,
    ]),
  )
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}
