import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/**
 * Closes a run with what a person or a script wants to know of it: which suites were left out, and
 * one plain line of counts.
 */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    const leftOut = new Set<string>()
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        counts[state] += 1
        const suite = state === 'skipped' ? leftOutSuite(test) : undefined
        if (suite !== undefined) leftOut.add(suite)
      }
    }
    const lines = [...leftOut].map((title) => `left out: ${title}`)
    const skipped = counts.skipped === 0 ? '' : `, ${String(counts.skipped)} skipped`
    lines.push(`${String(counts.passed)} passed, ${String(counts.failed)} failed${skipped}`)
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}

function leftOutSuite(test: TestCase): string | undefined {
  let at: TestSuite | TestModule = test.parent
  while (at.type === 'suite') {
    if (at.name.includes('left out')) return at.name
    at = at.parent
  }
  return undefined
}
