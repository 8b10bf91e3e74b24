import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { allMechanisms } from '../config/mechanisms.js'
import type { MechanismCases, RunCases } from '../mechanisms/suite/cases.js'
import {
  mechanismsWithCases,
  type MechanismWithCases,
} from '../mechanisms/suite/mechanisms-with-cases.js'

const folder = path.resolve(import.meta.dirname, '../../docs/mechanisms')
const built = await mechanismsWithCases()
const fileOf = ({ name }: MechanismWithCases): string => path.join(folder, `${name}.md`)
const readPage = (one: MechanismWithCases): Promise<string> => readFile(fileOf(one), 'utf8')

describe('docs/mechanisms', () => {
  it('has a page for each mechanism, and no other', async () => {
    const pages = built.map(({ name }) => `${name}.md`)
    expect((await readdir(folder)).sort()).toEqual(pages.sort())
  })

  describe.each(built.map((one) => [one.key, one] as const))('%s', (key, one) => {
    it('has the sections that every page has, in this order', async () => {
      const headings = (await readPage(one)).split('\n').filter((line) => line.startsWith('#'))
      const last = '## Differences from Prometheus'
      expect(headings.filter((line) => line !== last)).toEqual([
        `# ${key}`,
        '## Labels',
        '## Permissions',
        '## Load on the server',
      ])
      if (headings.includes(last)) expect(headings.at(-1)).toBe(last)
    })

    it('shows a config that loads, with its own section in it', async () => {
      const [example = ''] = /(?<=^```yaml\n).*?(?=^```$)/msu.exec(await readPage(one)) ?? []
      expect(example).toContain(`${key}:`)
      const directory = await mkdtemp(path.join(os.tmpdir(), 'muster-page-'))
      onTestFinished(() => rm(directory, { recursive: true }))
      const file = path.join(directory, 'prometheus.yml')
      await writeFile(file, example)
      const { scrape_configs } = await loadConfig(file, { mechanisms: allMechanisms() })
      expect(scrape_configs.length).toBeGreaterThan(0)
    })

    it('has the labels of its cases; `npx vitest run test/docs/mechanism-pages.test.ts -u` writes them', async () => {
      const page = await readPage(one)
      const part = /(?<=<!-- labels -->\n).*?(?=<!-- \/labels -->)/su
      expect(page).toMatch(part)
      const labels = await labelsOf(one)
      await expect(page.replace(part, () => labels)).toMatchFileSnapshot(fileOf(one))
    })

    it('has labels of each kind that its cases name', async () => {
      const page = await readPage(one)
      for (const [prefix, rest] of Object.entries(one.cases?.families ?? {})) {
        expect(page).toContain(`| \`${prefix}<${rest}>\` |`)
      }
    })
  })
})

const familyNote = `The part in angle brackets is a name that the server gives, with \`_\` for each character that
the name of a label cannot have.
`

/** For each way of finding targets a table of its labels, with a value that a test has for each. */
async function labelsOf({ cases, folder: at }: MechanismWithCases): Promise<string> {
  if (cases === undefined) return ''
  const runs = cases.runs?.filter(({ sameLabels }) => sameLabels !== true) ?? []
  const tables = runs.map(async (run) => {
    const rows = [...(await examplesOf(run, cases, at))].sort(([a], [b]) => (a < b ? -1 : 1))
    const title =
      runs.length === 1 || run.title === ''
        ? ''
        : `${run.title[0]?.toUpperCase() ?? ''}${run.title.slice(1)}:\n\n`
    const lines = rows.map(([name, value]) => `| \`${name}\` | ${cell(value)} |`)
    return `${title}| label | for example |\n| --- | --- |\n${lines.join('\n')}\n`
  })
  const parts = await Promise.all(tables)
  if (cases.families !== undefined) parts.push(familyNote)
  return `\n${parts.join('\n')}\n`
}

/** The first value of each label that is not empty. */
async function examplesOf(
  run: RunCases,
  { section, families = {} }: MechanismCases,
  at: string,
): Promise<ReadonlyMap<string, string>> {
  const stage = await run.open(at)
  await stage.close()
  const examples = new Map<string, string>()
  for (const [label, found] of stage.targets.flatMap((target) => Object.entries(target))) {
    const name = placeholderOf(label, families)
    const value = (stage.named?.(found) ?? found).replaceAll(
      '{port}',
      String(section.prints['port']),
    )
    if ((examples.get(name) ?? '') === '') examples.set(name, value)
  }
  return examples
}

/** The name of a label; of one whose name ends in what a user chose, that of all of its kind. */
function placeholderOf(label: string, families: Readonly<Record<string, string>>): string {
  const prefix = Object.keys(families).find((one) => label.startsWith(one))
  return prefix === undefined ? label : `${prefix}<${families[prefix] ?? ''}>`
}

function cell(value: string): string {
  if (value === '') return ''
  const short = value.length > 60 ? `${value.slice(0, 59)}…` : value
  return `\`${short.replaceAll('|', '\\|').replaceAll(/\s/gu, ' ')}\``
}
