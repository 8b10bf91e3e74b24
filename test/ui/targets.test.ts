import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'
import { describeInBrowser, expectSound, openBrowser, Tab } from './helpers/browser.js'

const config = `
global:
  scrape_interval: 100y
scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: test
        action: drop
      - source_labels: [__address__]
        regex: '([^:]+):.*'
        target_label: machine
  - job_name: many
    file_sd_configs:
      - files: [many.json]
`
/** Where in it the rule stands that drops. */
const rulePlace = '8:9'

function nodes(...more: readonly string[]): string {
  return JSON.stringify([
    { targets: ['127.0.1.1:9100', ...more], labels: { env: 'prod' } },
    { targets: ['127.0.1.3:9100'], labels: { env: 'test' } },
  ])
}

function manyTargets(): string {
  const targets = Array.from({ length: 100_000 }, (_, i) => {
    return `127.${String(1 + (i >> 16))}.${String((i >> 8) & 255)}.${String(i & 255)}:80`
  })
  return JSON.stringify([{ targets, labels: { team: 'web', note: '<b>' } }])
}

describeInBrowser('the targets in a browser', () => {
  const workspace = new Workspace()
  let browser: Browser
  let daemon: Daemon
  let file = ''
  const tabs: Tab[] = []
  const start = async (): Promise<void> => {
    daemon = await Daemon.start(file, ['--web.enable-lifecycle'])
  }
  beforeAll(async () => {
    workspace.write('nodes.json', nodes())
    workspace.write('many.json', manyTargets())
    file = workspace.write('prometheus.yml', config.trimStart())
    browser = await openBrowser()
    await start()
  })
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close()
  })
  afterAll(async () => {
    await daemon.stop()
    await browser.close()
    workspace.remove()
  })
  const open = async (options: Parameters<typeof Tab.open>[1] = {}): Promise<Tab> => {
    const tab = await Tab.open(browser, options)
    tabs.push(tab)
    return tab
  }
  it('are found by their address, and say which rule drops them, down to its line', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets`)
    await tab.page.getByLabel('Search').fill('127.0.1.3:')
    await expect
      .poll(() => tab.page.locator('output').textContent(), { timeout: 20_000 })
      .toMatch(/^1 of 100,002 /)
    await tab.page.getByRole('link', { name: '127.0.1.3:9100' }).click()
    await tab.page.getByText(`dropped by rule 1 at ${file}:${rulePlace} (drop)`).waitFor()
    expect(await tab.violations()).toEqual([])
    await tab.page.getByRole('link', { name: 'see the rule' }).click()
    expect(await tab.page.locator('li:target').textContent()).toContain('source_labels')
    expect(tab.faults).toEqual([])
  })

  it('stay in sight while a query is wrong, which says where and why', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?q=127.0.1.1:9100`)
    expect(await tab.page.locator('tbody tr').count()).toBe(1)
    await tab.page.getByLabel('Search').fill('env=~"("')
    await tab.page.locator('#query-fault .notice').waitFor()
    expect(await tab.page.locator('#query-fault mark').count()).toBe(1)
    expect(await tab.page.locator('tbody tr').count()).toBe(1)
    expect(await tab.violations()).toEqual([])
    await tab.page.getByLabel('Search').fill('env="test"')
    await tab.page.getByRole('link', { name: '127.0.1.3:9100' }).waitFor()
    expect(await tab.page.locator('#query-fault .notice').count()).toBe(0)
    expect(tab.faults).toEqual([])
  })

  it('are few nodes and few bytes, however many there are', async () => {
    const tab = await open()
    const rows = async (): Promise<string | null> => {
      await tab.goto(`${daemon.url}/targets`)
      return await tab.page.locator('table').getAttribute('aria-rowcount')
    }
    await expect.poll(rows, { timeout: 20_000 }).toBe('100003')
    expect(await tab.nodes()).toBeLessThanOrEqual(1500)
    const { text } = await daemon.get('/targets')
    expect(gzipSync(text).length).toBeLessThanOrEqual(40 * 1024)
    await tab.page.getByRole('link', { name: 'Next 50' }).click()
    // The list is scrolled to the 51st; the page has some rows above it as well.
    const above = `document.querySelector('[data-window]').scrollTop / document.querySelector('tbody tr').offsetHeight`
    await expect
      .poll(async () => Math.round(await tab.page.evaluate<number>(above)), { timeout: 20_000 })
      .toBe(50)
    expect(await tab.page.locator('tbody tr').count()).toBe(50)
    expect(tab.faults).toEqual([])
  })

  it('are scrolled through, with a window of rows that moves along', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?pool=many&sort=address`)
    const height = 'document.querySelector("[data-window]").scrollHeight'
    await expect
      .poll(() => tab.page.evaluate<number>(height), { timeout: 20_000 })
      .toBeGreaterThan(2_000_000)
    await tab.page.evaluate('document.querySelector("[data-window]").scrollTop = 1_400_000')
    await tab.page.waitForURL(/offset=\d+/)
    const row = `(() => {
      const { left, top } = document.querySelector('[data-window]').getBoundingClientRect()
      const row = document.elementFromPoint(left + 200, top + 100)?.closest('tbody tr')
      return Number(row?.getAttribute('aria-rowindex') ?? 0) * (row?.offsetHeight ?? 0)
    })()`
    // The rows that are seen are those of this place in the list.
    await expect
      .poll(() => tab.page.evaluate<number>(row), { timeout: 20_000 })
      .toBeGreaterThan(1_399_000)
    expect(await tab.page.evaluate<number>(row)).toBeLessThan(1_401_000)
    expect(await tab.nodes()).toBeLessThanOrEqual(1500)
    await tab.page.getByLabel('Search').fill('127.1.2.3:')
    await expect.poll(() => tab.page.locator('tbody tr').count()).toBe(1)
    expect(await tab.page.evaluate('document.querySelector("[data-window]").scrollTop')).toBe(0)
    expect(new URL(tab.page.url()).search).not.toContain('offset')
    await expectSound(tab)
  })

  it.each([
    { theme: 'light', width: 1440 },
    { theme: 'dark', width: 320 },
  ] as const)('are shown soundly, $theme, $width pixels wide', async (view) => {
    const tab = await open(view)
    const { items } = await daemon.api<{ items: readonly [{ id: string }] }>(
      '/targets/search?pool=node&state=active',
    )
    const pages = [
      '/targets',
      '/targets?group=env',
      '/targets?q=nothing-is-like-this',
      `/targets/node/${items[0].id}`,
      '/service-discovery',
      '/service-discovery?pool=node',
      '/events',
      '/config',
      '/config?job=node',
    ]
    for (const page of pages) {
      await tab.goto(daemon.url + page)
      await expectSound(tab)
    }
  })

  it('are counted by the rule that drops them, and the count leads to them', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/service-discovery?pool=node`)
    const row = tab.page.getByRole('row', { name: `dropped by rule 1 at ${file}:${rulePlace}` })
    await row.getByRole('link', { name: '1', exact: true }).click()
    await tab.page.getByRole('link', { name: '127.0.1.3:9100' }).waitFor()
    expect(tab.faults).toEqual([])
  })

  it.each([
    { from: '/targets?scrapePool=node&search=127.0.1.1&health=up', shows: '127.0.1.1' },
    { from: '/targets?label_search={env="test"}', shows: '127.0.1.3' },
  ])('are found by the addresses of Prometheus and vmagent: $from', async ({ from, shows }) => {
    const tab = await open({ javaScript: false })
    await tab.page.goto(daemon.url + from)
    expect(await tab.page.locator('tbody tr').count()).toBe(1)
    expect(await tab.page.locator('tbody').textContent()).toContain(shows)
  })

  it('come and go while one looks, in the list and in the events', async () => {
    const [list, events] = [await open(), await open()]
    await list.goto(`${daemon.url}/targets?q=127.0.1.77`)
    await events.goto(`${daemon.url}/events?set=node`)
    workspace.write('nodes.json', nodes('127.0.1.77:9100'))
    await events.page.getByRole('row', { name: 'added 127.0.1.77:9100' }).waitFor()
    await list.page.getByRole('link', { name: '127.0.1.77:9100' }).waitFor()
    await events.page.getByLabel('Live').uncheck()
    workspace.write('nodes.json', nodes())
    await events.page.getByRole('button', { name: /^\d+ new: show$/ }).waitFor()
    expect(await events.page.getByRole('row', { name: 'removed' }).count()).toBe(0)
    await events.page.getByRole('button', { name: /^\d+ new: show$/ }).click()
    await events.page.getByRole('row', { name: 'removed 127.0.1.77:9100' }).waitFor()
    expect([...list.faults, ...events.faults]).toEqual([])
  })

  it('are copied, with their labels, and as a command for a terminal', async () => {
    const tab = await open()
    await tab.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await tab.goto(`${daemon.url}/targets?q=127.0.1.1:9100`)
    const copied = async (name: string): Promise<unknown> => {
      await tab.page.getByRole('button', { name }).click()
      await tab.page.getByText('copied', { exact: true }).waitFor()
      const text: unknown = await tab.page.evaluate('navigator.clipboard.readText()')
      await tab.page.getByText('copied', { exact: true }).waitFor({ state: 'detached' })
      return text
    }
    expect(await copied('copy address')).toBe('127.0.1.1:9100')
    expect(await copied('copy labels')).toBe('{env="prod", machine="127.0.1.1"}')
    expect(await copied('copy curl')).toBe(
      `curl '${daemon.url}/api/v1/targets/search?q=127.0.1.1%3A9100&limit=500'`,
    )
    expect(tab.faults).toEqual([])
  })

  it('have their values counted, and the count leads to them', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?pool=node`)
    await tab.page.getByLabel('Values').check()
    await tab.page.locator('.facet').getByRole('link', { name: 'test', exact: true }).click()
    await expect.poll(() => tab.page.locator('tbody tr').count()).toBe(1)
    await expectSound(tab)
  })

  it('are lines of text for a terminal', async () => {
    const answer = await fetch(`${daemon.url}/targets?pool=node`, {
      headers: { Accept: 'text/plain' },
    })
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await answer.text()).split('\n').toSorted()).toEqual([
      '',
      'state=active, job="node", endpoint=http://127.0.1.1:9100/metrics, labels={env="prod", machine="127.0.1.1"}',
      expect.stringMatching(/^state=dropped, job="node", endpoint=127.0.1.3:9100, .*rule 1 at /),
    ])
    const many = await fetch(`${daemon.url}/targets`, { headers: { Accept: 'text/plain' } })
    expect(await many.text()).toMatch(/\n# 500 of 100002; the next ones: offset=500\n$/)
  })

  it('have a config in which every rule and every fault has an anchor', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/config#job-node`)
    expect(await tab.page.locator('li:target').textContent()).toContain('job_name: node')
    await tab.goto(`${daemon.url}/config#${encodeURIComponent(`${file}:${rulePlace}`)}`)
    expect(await tab.page.locator('li:target').textContent()).toContain('source_labels')
    workspace.write('prometheus.yml', 'scrape_configs:\n  - job_nam: node\n')
    await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
    await tab.goto(`${daemon.url}/targets`)
    await tab.page.getByRole('link', { name: `${file}:2:5`, exact: true }).click()
    expect(await tab.page.locator('li:target').textContent()).toContain('job_nam')
    await expectSound(tab)
    workspace.write('prometheus.yml', config.trimStart())
    await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
  })

  it('are downloaded as they were searched for', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?q=127.0.1.3`)
    const [download] = await Promise.all([
      tab.page.waitForEvent('download'),
      tab.page.getByRole('link', { name: 'CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('targets.csv')
    const { text } = await daemon.get('/api/v1/targets/download?format=csv&q=127.0.1.3')
    expect(text.split('\r\n')).toHaveLength(3)
    expect(text).toContain(`${file}:${rulePlace}`)
    expect(tab.faults).toEqual([])
  })

  it.each([
    { theme: 'light', width: 1440 },
    { theme: 'dark', width: 320 },
  ] as const)(
    'say what a reload of the file on disk would do, $theme, $width pixels wide',
    async (view) => {
      const tab = await open(view)
      workspace.write('prometheus.yml', config.trimStart().replace('regex: test', 'regex: prod'))
      await tab.goto(`${daemon.url}/config`)
      await tab.page.getByRole('link', { name: 'On disk: what a reload would do' }).click()
      const row = tab.page.getByRole('row', { name: /^node / })
      expect(await row.innerText()).toMatch(/rule 1 at .*:8:9 drops 1/)
      expect(await tab.page.locator('.diff .added').innerText()).toContain('regex: prod')
      expect(await tab.page.locator('.diff .removed').innerText()).toContain('regex: test')
      await expectSound(tab)
      workspace.write('prometheus.yml', 'scrape_configs:\n  - job_nam: node\n')
      await tab.page.reload()
      await tab.page.getByRole('link', { name: `${file}:2:5`, exact: true }).click()
      expect(await tab.page.locator('li:target').textContent()).toContain('job_nam')
      await expectSound(tab)
      workspace.write('prometheus.yml', config.trimStart())
    },
  )

  it('have links that hold after a restart', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?q=127.0.1.1:9100`)
    await tab.page.locator('tbody a').first().click()
    await tab.page.getByText('What each rule does').waitFor()
    const { pathname } = new URL(tab.page.url())
    await daemon.stop()
    await start()
    const again = await open()
    await again.goto(daemon.url + pathname)
    await again.page.getByText('http://127.0.1.1:9100/metrics').first().waitFor()
    const missing = pathname.replace(/[0-9a-f]{12}$/, '000000000000')
    const { status, text } = await daemon.get(missing)
    expect(status).toBe(404)
    expect(text).toContain('The target is gone')
  })
})
