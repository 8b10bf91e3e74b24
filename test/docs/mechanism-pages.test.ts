import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { allMechanisms } from '../config/mechanisms.js'
import type { RunCases } from '../mechanisms/suite/cases.js'
import {
  mechanismsWithCases,
  type MechanismWithCases,
} from '../mechanisms/suite/mechanisms-with-cases.js'

const folder = path.resolve(import.meta.dirname, '../../docs/mechanisms')
const built = (await mechanismsWithCases()).filter(
  ({ make }) => make({ registry: new Registry(), env: {}, userAgent: 'x' }).unbuilt !== true,
)
const fileOf = ({ name }: MechanismWithCases): string => path.join(folder, `${name}.md`)
const readPage = (one: MechanismWithCases): Promise<string> => readFile(fileOf(one), 'utf8')

describe('docs/mechanisms', () => {
  it('has a page for each mechanism that runs, and no other', async () => {
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
  })
})

/** For each way of finding targets a table of its labels, with the longest value that a test has for each. */
async function labelsOf({ cases, folder: at }: MechanismWithCases): Promise<string> {
  const tables = (cases?.runs ?? []).map(async (run) => {
    const rows = [...(await examplesOf(run, at))].sort(([a], [b]) => (a < b ? -1 : 1))
    const title =
      run.title === '' ? '' : `${run.title[0]?.toUpperCase() ?? ''}${run.title.slice(1)}:\n\n`
    const lines = rows.map(([name, value]) => `| \`${name}\` | ${cell(value)} |`)
    return `${title}| label | for example |\n| --- | --- |\n${lines.join('\n')}\n`
  })
  return `\n${(await Promise.all(tables)).join('\n')}\n`
}

async function examplesOf(run: RunCases, at: string): Promise<ReadonlyMap<string, string>> {
  const stage = await run.open(at)
  await stage.close()
  const examples = new Map<string, string>()
  for (const [name, found] of stage.targets.flatMap((target) => Object.entries(target))) {
    const value = stage.named?.(found) ?? found
    const longest = examples.get(name)
    if (longest === undefined || value.length > longest.length) examples.set(name, value)
  }
  return examples
}

function cell(value: string): string {
  if (value === '') return ''
  const short = value.length > 60 ? `${value.slice(0, 59)}…` : value
  return `\`${short.replaceAll('|', '\\|').replaceAll(/\s/gu, ' ')}\``
}
