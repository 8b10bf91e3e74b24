import path from 'node:path'
import { lintCodes } from '../codes/index.js'
import { commentCode } from '../comments.js'
import type { LintResult } from '../lint.js'

const schema = 'https://json.schemastore.org/sarif-2.1.0.json'

/** The result as SARIF 2.1.0, which code scanning of GitHub and others take. */
export function sarifReport({ findings, unusable }: LintResult, version: string): string {
  const rules = [
    {
      id: commentCode,
      shortDescription: { text: 'a comment that silences nothing' },
      defaultConfiguration: { level: 'warning' },
    },
    ...lintCodes.map(({ code, title, why, cure, level }) => ({
      id: code,
      shortDescription: { text: title },
      fullDescription: { text: why },
      help: { text: cure },
      defaultConfiguration: { level },
    })),
  ]
  const indexes = new Map(rules.map(({ id }, i) => [id, i]))
  const run = {
    tool: { driver: { name: 'muster lint', version, rules } },
    // Columns are counted as JavaScript counts characters.
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: unusable.length === 0,
        toolExecutionNotifications: unusable.map(({ file, reason }) => ({
          level: 'error',
          message: { text: reason },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
        })),
      },
    ],
    results: findings.map(({ code, level, place, message }) => ({
      ruleId: code,
      ruleIndex: indexes.get(code) ?? 0,
      level,
      message: { text: message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(place.file) },
            region: { startLine: place.line, startColumn: place.column },
          },
        },
      ],
    })),
  }
  return JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, undefined, 2)
}

/** A relative path as a relative reference, an absolute one as a URL of a file. */
function uriOf(file: string): string {
  const encoded = file.split(path.sep).map(encodeURIComponent).join('/')
  return path.isAbsolute(file) ? `file://${encoded}` : encoded
}
