import { describe, expect, it } from 'vitest'
import { githubReport } from '../../../src/cli/lint/formats/github.js'
import { jsonReport } from '../../../src/cli/lint/formats/json.js'
import { sarifReport } from '../../../src/cli/lint/formats/sarif.js'
import { textReport } from '../../../src/cli/lint/formats/text.js'
import type { LintResult } from '../../../src/cli/lint/lint.js'

const place = { file: 'a b/p,1.yml', line: 24, column: 9, path: 'scrape_configs[0]' }
const result: LintResult = {
  findings: [
    { code: 'M104', level: 'warning', place, message: '100% wrong: x' },
    { code: 'M105', level: 'note', place: { ...place, line: 25 }, message: 'odd' },
  ],
  unusable: [{ file: '/etc/x.yml', reason: 'open /etc/x.yml: permission denied\n  twice' }],
  gaps: ['s.muster does not have all targets of job "a"'],
}
const nothing: LintResult = { findings: [], unusable: [], gaps: [] }

describe('the text', () => {
  it('has a line for each finding', () => {
    expect(textReport(result)).toEqual([
      'a b/p,1.yml:24:9: M104 100% wrong: x',
      'a b/p,1.yml:25:9: M105 (note) odd',
    ])
  })
})

describe('JSON', () => {
  it('has what the text has, and what could not be read', () => {
    expect(JSON.parse(jsonReport(result))).toEqual({
      findings: [
        { code: 'M104', level: 'warning', ...place, message: '100% wrong: x' },
        { code: 'M105', level: 'note', ...place, line: 25, message: 'odd' },
      ],
      errors: result.unusable,
      gaps: result.gaps,
    })
  })
})

describe('the commands of GitHub Actions', () => {
  it('escape what would end a property or a message', () => {
    expect(githubReport(result)).toBe(
      [
        '::error file=/etc/x.yml::open /etc/x.yml: permission denied%0A  twice',
        '::warning file=a b/p%2C1.yml,line=24,col=9,title=M104::100%25 wrong: x',
        '::notice file=a b/p%2C1.yml,line=25,col=9,title=M105::odd',
      ].join('\n'),
    )
  })

  it('are none where nothing was found', () => {
    expect(githubReport(nothing)).toBe('')
  })
})

interface Sarif {
  readonly $schema: string
  readonly version: string
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly name: string
        readonly rules: readonly {
          readonly id: string
          readonly shortDescription: { text: string }
        }[]
      }
    }
    readonly columnKind: string
    readonly invocations: readonly {
      readonly executionSuccessful: boolean
      readonly toolExecutionNotifications: readonly unknown[]
    }[]
    readonly results: readonly {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly level: string
      readonly message: { readonly text: string }
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number; readonly startColumn: number }
        }
      }[]
    }[]
  }[]
}

function parse(from: LintResult): Sarif {
  return JSON.parse(sarifReport(from, '1.2.3')) as Sarif
}

describe('SARIF', () => {
  // What the schema of 2.1.0 requires: version and runs; of a run its tool, of that the driver with its name;
  // ids of rules; messages with a text; lines and columns from 1; executionSuccessful of an invocation.
  it.each([
    ['findings', result],
    ['nothing', nothing],
  ])('has what its schema requires, for %s', (_, from) => {
    const log = parse(from)
    expect(log.version).toBe('2.1.0')
    expect(log.$schema).toMatch(/sarif-2\.1\.0\.json$/)
    expect(log.runs).toHaveLength(1)
    for (const { tool, results, invocations, columnKind } of log.runs) {
      expect(columnKind).toBe('utf16CodeUnits')
      expect(tool.driver.name).toBe('muster lint')
      const ids = tool.driver.rules.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const rule of tool.driver.rules) expect(rule.shortDescription.text).not.toBe('')
      for (const { executionSuccessful } of invocations) {
        expect(executionSuccessful).toBe(from.unusable.length === 0)
      }
      for (const one of results) {
        expect(ids[one.ruleIndex]).toBe(one.ruleId)
        expect(['none', 'note', 'warning', 'error']).toContain(one.level)
        expect(one.message.text).not.toBe('')
        for (const { physicalLocation } of one.locations) {
          expect(physicalLocation.region.startLine).toBeGreaterThan(0)
          expect(physicalLocation.region.startColumn).toBeGreaterThan(0)
          expect(physicalLocation.artifactLocation.uri).toMatch(/^[\w./~%-]+$/)
        }
      }
    }
  })

  it('names a file by a reference that is relative where its path is', () => {
    const [run] = parse(result).runs
    expect(run?.results.map(({ locations }) => locations[0]?.physicalLocation)).toEqual([
      { artifactLocation: { uri: 'a%20b/p%2C1.yml' }, region: { startLine: 24, startColumn: 9 } },
      { artifactLocation: { uri: 'a%20b/p%2C1.yml' }, region: { startLine: 25, startColumn: 9 } },
    ])
    expect(JSON.stringify(run?.invocations)).toContain('"file:///etc/x.yml"')
  })
})
