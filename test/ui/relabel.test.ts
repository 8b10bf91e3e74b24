import { spawnSync } from 'node:child_process'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'
import { describeInBrowser, expectSound, openBrowser, Tab } from './helpers/browser.js'

const config = `
scrape_configs:
  - job_name: node
    scrape_interval: 100y
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [env]
        regex: test
        action: drop
      - source_labels: [__address__]
        regex: '([^:]+):(.*)'
        target_label: machine
`
const nodes = [
  { targets: ['127.0.1.1:9100', '127.0.1.2:9100'], labels: { env: 'prod' } },
  { targets: ['127.0.1.3:9100'], labels: { env: 'test' } },
]
const entry = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

/** What the page says in one line of the result. */
function status(tab: Tab): Promise<string> {
  return tab.page.locator('#result [role=status]').innerText()
}

describeInBrowser('the playground for rules in a browser', () => {
  const workspace = new Workspace()
  let browser: Browser
  let daemon: Daemon
  const tabs: Tab[] = []
  beforeAll(async () => {
    workspace.write('nodes.json', JSON.stringify(nodes))
    const file = workspace.write('prometheus.yml', config.trimStart())
    browser = await openBrowser()
    daemon = await Daemon.start(file)
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
  const opened = async (q: string): Promise<Tab> => {
    const tab = await open()
    await tab.goto(`${daemon.url}/targets?pool=node&q=${q}`)
    await tab.page.locator('tbody a').first().click()
    await tab.page.getByRole('link', { name: 'Try other rules on it' }).click()
    await tab.page.getByRole('heading', { name: 'Steps' }).waitFor()
    return tab
  }

  it('steps through the rules of a target, and follows a change while one types', async () => {
    const tab = await opened('127.0.1.3')
    expect(await status(tab)).toContain('rule 1 drops')
    const rules = tab.page.getByLabel('Rules', { exact: true })
    await rules.fill((await rules.inputValue()).replace('regex: test', 'regex: none'))
    await expect.poll(() => status(tab)).toContain('kept')
    await tab.page.getByRole('cell', { name: 'added 127.0.1.3', exact: true }).waitFor()
    const row = tab.page.getByRole('row', { name: /^2 line/ })
    expect(await row.innerText()).toContain('$1 = "127.0.1.3", $2 = "9100"')
    expect(await rules.inputValue()).toContain('regex: none')
    await expectSound(tab)
  })

  it('says what the rules would do to all targets of the job', async () => {
    const tab = await opened('127.0.1.1')
    await tab.page
      .getByLabel('Rules', { exact: true })
      .fill('- {target_label: team, replacement: x}')
    await tab.page.getByRole('button', { name: 'Run over all 3 targets of the job' }).click()
    await expect.poll(() => status(tab)).toMatch(/^3 targets would be something else/)
    expect(await tab.page.getByRole('row', { name: /127\.0\.1\.3:9100 kept/ }).count()).toBe(1)
    await expectSound(tab)
  })

  it('is shared by its address, of which the state is never sent', async () => {
    const tab = await open()
    await tab.goto(`${daemon.url}/relabel`)
    const rules = '- regex: "ä.*"\n  action: labeldrop\n'
    await tab.page.getByLabel('Rules', { exact: true }).fill(rules)
    await tab.page.getByLabel('Labels, or').fill('{"äb":"1","c":"2"}')
    await tab.page.waitForURL(/relabel#s=/)
    await expect.poll(() => status(tab)).toContain('1 of 1 rule change')
    const other = await open()
    const sent: string[] = []
    other.page.on('request', (request) => sent.push(request.url()))
    await other.goto(tab.page.url())
    await other.page.getByRole('cell', { name: 'removed' }).waitFor()
    expect(await other.page.getByLabel('Rules', { exact: true }).inputValue()).toBe(rules)
    expect(sent.filter((url) => /s=|rules/.test(url.split('#')[0] ?? ''))).toEqual([])
    await other.page.goto(`${daemon.url}/relabel#s=broken`)
    await other.page.getByText('the address is cut off or changed').waitFor()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  it.each([
    { theme: 'light', width: 1440 },
    { theme: 'dark', width: 320 },
  ] as const)('shows faults under their line, $theme, $width pixels wide', async (view) => {
    const tab = await open(view)
    await tab.goto(`${daemon.url}/relabel`)
    const html = '<img src=x onerror="document.title=1">'
    await tab.page.getByLabel('Labels, or').fill(`a="1"\n${html}="2"`)
    await tab.page.getByLabel('Rules', { exact: true }).fill(`- action: drop\n- acton: '${html}'`)
    await tab.page.getByText('column 3: field acton not found').waitFor()
    await expectSound(tab)
    await tab.page
      .getByLabel('Rules', { exact: true })
      .fill(`- target_label: a\n  replacement: '${html}'`)
    await tab.page.getByText('column 5: write name="value"').waitFor()
    await tab.page.getByLabel('Labels, or').fill('a="1"')
    await tab.page.getByRole('cell', { name: `changed ${html}`, exact: true }).waitFor()
    expect(await tab.page.locator('main img').count()).toBe(0)
    await expectSound(tab)
  })

  it('works without a script, and makes a test case that muster test passes', async () => {
    const tab = await open({ javaScript: false })
    await tab.page.goto(`${daemon.url}/relabel?job=node`)
    await tab.page.getByRole('button', { name: 'As a test case' }).click()
    const kept = await tab.page.locator('#test-case').innerText()
    await tab.page.getByLabel('Labels, or').fill('__address__="127.0.1.9:1"\nenv="test"\n')
    await tab.page.getByRole('button', { name: 'As a test case' }).click()
    const dropped = await tab.page.locator('#test-case').innerText()
    for (const [name, text] of Object.entries({ kept, dropped })) {
      workspace.write(`${name}.muster-test.yml`, text)
    }
    const ran = spawnSync(process.execPath, [entry, 'test'], {
      cwd: workspace.directory,
      encoding: 'utf8',
    })
    expect(ran.stdout).toContain('2 passed')
    expect(kept).toContain('include: {')
    expect(dropped).toContain('dropped: {rule: 1}')
  })

  it.each(['/target-relabel-debug', '/metric-relabel-debug'])('is where %s leads', async (from) => {
    const tab = await open({ javaScript: false })
    const query = new URLSearchParams({
      metric: 'up{job="a"}',
      relabel_configs: '- {source_labels: [job], target_label: __name__}',
    })
    await tab.page.goto(`${daemon.url}${from}?${query.toString()}`)
    await tab.page.getByRole('cell', { name: 'changed a', exact: true }).waitFor()
  })
})
