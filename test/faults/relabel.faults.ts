import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'

const regex = '(.{1,500}).*(.{1,500})'
const heavy = Array.from({ length: 5 }, (_, i) => ({
  targets: [`heavy:${String(i)}`],
  // Different ones: the same work is not done twice.
  labels: { text: String(i).repeat(100_000) },
}))

const listOf = (...groups: readonly unknown[]): string => JSON.stringify(groups)

const job = (name: string, more: string): string =>
  `  - {job_name: ${name}, file_sd_configs: [{files: [${name}.json]}], ${more}}\n`

it('labels for which the rules of a job take seconds hold up neither the others nor the event loop', async ({
  task,
}) => {
  const files = new Workspace()
  onTestFinished(() => files.remove())
  files.write('heavy.json', listOf({ targets: ['light:1'] }))
  files.write('other.json', listOf({ targets: ['x:1'] }))
  const rule = `{source_labels: [text], regex: '${regex}', target_label: short, replacement: $1}, {regex: text, action: labeldrop}`
  const config = files.write(
    'prometheus.yml',
    `global: {scrape_interval: 100y}\nscrape_configs:\n${job('heavy', `relabel_configs: [${rule}]`)}${job('other', 'relabel_configs: []')}`,
  )
  const daemon = await Daemon.start(config)
  onTestFinished(() => daemon.stop())
  const has = (name: string, target: string): Promise<void> =>
    until(`${name} has ${target}`, async () =>
      (await daemon.get(`/http_sd/${name}`)).text.includes(target),
    )
  await has('heavy', 'light:1')
  await has('other', 'x:1')

  let longestMs = 0
  const over = new AbortController()
  const asking = (async () => {
    while (!over.signal.aborted) {
      const asked = performance.now()
      await daemon.get('/-/healthy')
      longestMs = Math.max(longestMs, performance.now() - asked)
      await sleep(10)
    }
  })()
  files.write('heavy.json', listOf({ targets: ['light:1'] }, ...heavy))
  await sleep(500)
  files.write('other.json', listOf({ targets: ['x:2'] }))
  const changed = performance.now()
  await has('other', 'x:2')
  const recoveryMs = performance.now() - changed
  for (const { targets } of heavy) await has('heavy', targets[0] ?? '')
  over.abort()
  await asking
  // At once, one of them holds the loop for three seconds.
  expect(longestMs).toBeLessThan(1000)
  task.meta.faultRow = {
    part: 'relabel',
    fault: `five targets come with a label of 100 KB for a regex like ${regex}`,
    kept: 'all targets; other jobs and requests go on, and the five come when their rules are done',
    shown: 'nothing is wrong: the rules are applied in a thread',
    recoveryMs,
  }
})
