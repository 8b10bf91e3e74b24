import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { mechanismsWithCases } from './suite/mechanisms-with-cases.js'

/** What Prometheus 3.5.3 as packaged by Debian was built without, or is older than. */
const unknown = new Set(
  'aws azure consul ecs elasticache kuma msk nomad oci openstack outscale rds stackit'.split(' '),
)

/** A message of muster's, without what Prometheus does not have: the place, and what was probably meant. */
function bare(line: string): string {
  return line.replace(/^\d+:\d+: (?:[\w.[\]]+: )?/u, '').replace(/ \(did you mean .*\)$/u, '')
}

/** Every element that a section refuses, in a config of its own, and how it is refused. */
const refused = (await mechanismsWithCases()).flatMap(({ name, key, cases }) => {
  const { refused: elements = [], saysOtherwise = {} } = cases?.section ?? {}
  return elements.map(([element, ...says]) => ({
    title: `${name}: ${JSON.stringify(element)}`,
    config: { scrape_configs: [{ job_name: 'a', [key]: [element] }] },
    says: unknown.has(name)
      ? [`field ${key} not found in type config.ScrapeConfig`]
      : says.map(bare).map((message) => saysOtherwise[message] ?? message),
    saysNot: says.map(bare).filter((message) => message in saysOtherwise),
  }))
})

describeWithPeers('promtool 3.5.3 refuses what muster refuses', ['promtool'], () => {
  let folder: string
  let said: readonly string[]

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'muster-refused-'))
    const files = refused.map((_, i) => path.join(folder, `${String(i)}.yml`))
    await Promise.all(
      refused.map(({ config }, i) => writeFile(files[i] ?? '', JSON.stringify(config))),
    )
    const output = await new Promise<string>((resolve) => {
      const args = ['check', 'config', '--syntax-only', ...files]
      execFile(requirePeer('promtool'), args, (_, __, stderr) => resolve(stderr))
    })
    const answers = output.split('  FAILED: parsing YAML file ').slice(1)
    said = files.map((file) => answers.find((answer) => answer.startsWith(`${file}: `)) ?? '')
  })

  afterAll(() => rm(folder, { recursive: true }))

  it.each(refused.map((one, i) => [one.title, one, i] as const))(
    '%s',
    (_, { says, saysNot }, i) => {
      for (const message of says) expect(said[i]).toContain(message)
      for (const message of saysNot) expect(said[i]).not.toContain(message)
    },
  )
})
