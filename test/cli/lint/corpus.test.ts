import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { textReport } from '../../../src/cli/lint/formats/text.js'
import { lint } from '../../../src/cli/lint/lint.js'
import { allMechanisms } from '../../config/mechanisms.js'
import { lintText } from './linting.js'

const root = path.resolve(import.meta.dirname, '../../..')

/** Folders of configs that people could have written. */
const folders = [
  'examples',
  'test/yaml/fuzz/configs',
  'test/yaml/fuzz/consul',
  'test/mechanisms/bed',
]

/** Each was looked at by hand: they are what they say. */
const expected = [
  'test/yaml/fuzz/configs/kubernetes.yml:63 M105',
  'test/yaml/fuzz/configs/relabel.yml:20 M105',
]

it('has no false alarm in the configs of this repository', async () => {
  const files: string[] = []
  for (const folder of folders) {
    const names = await readdir(path.join(root, folder))
    for (const name of names) if (name.endsWith('.yml')) files.push(path.join(root, folder, name))
  }
  const { findings, unusable } = await lint(files.sort(), { mechanisms: allMechanisms() })
  // A list of Alertmanagers and one of targets.
  expect(unusable.map(({ file }) => path.relative(root, file))).toEqual([
    'examples/relay-alertmanagers.yml',
  ])
  const places = findings.map(
    ({ code, place: { file, line } }) => `${path.relative(root, file)}:${String(line)} ${code}`,
  )
  expect(places).toEqual(expected)
})

it('has no false alarm in the configs of the docs', async () => {
  const pages = await readdir(path.join(root, 'docs'), { recursive: true })
  const found: string[] = []
  let configs = 0
  for (const page of ['../README.md', ...pages]) {
    // Its examples are mistakes.
    if (!page.endsWith('.md') || page === 'lint.md') continue
    const text = await readFile(path.join(root, 'docs', page), 'utf8')
    for (const [, config = ''] of text.matchAll(/^```ya?ml[^\n]*\n(.*?)^```/gmsu)) {
      if (!config.includes('scrape_configs:')) continue
      configs += 1
      const { findings } = await lintText(config)
      found.push(...textReport({ findings }).map((line) => `${page}: ${line}`))
    }
  }
  expect(configs).toBeGreaterThan(30)
  expect(found).toEqual([])
})
