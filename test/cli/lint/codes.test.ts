import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LintCode } from '../../../src/cli/lint/code.js'
import { lintCodes } from '../../../src/cli/lint/codes/index.js'
import { textReport } from '../../../src/cli/lint/formats/text.js'
import type { LintResult } from '../../../src/cli/lint/lint.js'
import { useFolder } from '../../config/folder.js'
import { lintText, recordGroups } from './linting.js'

const page = path.resolve(import.meta.dirname, '../../../docs/lint.md')
const folder = useFolder()

/** Lints a config, with what `nodes.json` has where the code needs a snapshot. */
async function lintExample(config: string, { targets = [] }: LintCode): Promise<LintResult> {
  const snapshots: string[] = []
  for (const [i, labels] of targets.entries()) {
    const file = folder.path(`${String(i)}.muster`)
    await recordGroups(config, file, [{ source: 'nodes.json', labels: {}, targets: labels }])
    snapshots.push(file)
  }
  // A clock that stands still: what rules cost is another matter each time.
  return lintText(config, { snapshots, now: () => 0 })
}

function codesOf({ findings }: LintResult): readonly string[] {
  return [...new Set(findings.map(({ code }) => code))].filter((code) => code !== 'M205')
}

describe('a lint code', () => {
  it('has a number of its own, in this order', () => {
    const numbers = lintCodes.map(({ code }) => code)
    expect(numbers).toEqual([...new Set(numbers)].sort())
    expect(numbers).toHaveLength(16)
  })

  it.each(lintCodes.map((one) => [one.code, one] as const))(
    '%s is found in its example, and not where that is cured',
    async (code, one) => {
      const found = await lintExample(one.example, one)
      expect(found.unusable).toEqual([])
      if (code === 'M205') expect(found.findings.map((finding) => finding.code)).toContain(code)
      else expect(codesOf(found)).toContain(code)
      if (one.cured === undefined) return
      const cured = await lintExample(one.cured, one)
      expect(cured.unusable).toEqual([])
      expect(codesOf(cured)).toEqual([])
    },
  )
})

it('docs/lint.md has every code; `npx vitest run test/cli/lint/codes.test.ts -u` writes them', async () => {
  const text = await readFile(page, 'utf8')
  const part = /(?<=<!-- codes -->\n).*?(?=<!-- \/codes -->)/su
  expect(text).toMatch(part)
  const sections: string[] = []
  for (const one of lintCodes) sections.push(await sectionOf(one))
  await expect(text.replace(part, () => `\n${sections.join('\n')}\n`)).toMatchFileSnapshot(page)
})

async function sectionOf(one: LintCode): Promise<string> {
  const { code, title, level, why, cure, example, cured, targets = [] } = one
  const { findings } = await lintExample(example, one)
  const lines = textReport({ findings: findings.filter((found) => found.code === code) })
  return [
    `### ${code}: ${title}`,
    '',
    ...(level === 'note' ? ['A note.', ''] : []),
    why,
    '',
    '```yaml',
    example.trimEnd(),
    '```',
    '',
    ...targets.flatMap((labels, i) => [
      targets.length === 1 ? 'with these targets:' : `in snapshot ${String(i + 1)}:`,
      '',
      '```json',
      ...labels.map((one) => JSON.stringify(one)),
      '```',
      '',
    ]),
    '```text',
    ...lines,
    '```',
    '',
    cure,
    '',
    ...(cured === undefined ? [] : ['```yaml', cured.trimEnd(), '```', '']),
  ].join('\n')
}
