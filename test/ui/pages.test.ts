import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { readAssets } from '../../src/web/index.js'
import { type Served, serve } from '../web/helpers.js'
import { nasty, situations } from '../web/pages/situations.js'
import { builtAssets, describeInBrowser, expectSound, openBrowser, Tab } from './helpers/browser.js'

/** Every page. */
const pages = [
  '/',
  '/targets',
  '/service-discovery',
  '/relabel',
  '/providers',
  '/events',
  '/outputs',
  '/alertmanager-discovery',
  '/config',
  '/flags',
  '/status',
] as const

describeInBrowser('the pages in a browser', () => {
  let browser: Browser
  let served: Served | undefined
  const tabs: Tab[] = []
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close()
    await served?.stop()
    served = undefined
  })
  afterAll(() => browser.close())

  const open = async (options: Parameters<typeof Tab.open>[1] = {}): Promise<Tab> => {
    const tab = await Tab.open(browser, options)
    tabs.push(tab)
    return tab
  }
  const start = async (
    situation: keyof typeof situations,
    options: Parameters<typeof serve>[1] = {},
  ): Promise<Served> => {
    served = await serve(situations[situation](), {
      assets: readAssets(builtAssets),
      enableLifecycle: true,
      ...options,
    })
    return served
  }

  // Colours do not depend on the width, nor the layout on the colours.
  const views = [
    { theme: 'light', width: 1440 },
    { theme: 'dark', width: 320 },
  ] as const
  const names = Object.keys(situations) as (keyof typeof situations)[]
  it.each(names.flatMap((situation) => views.map((view) => ({ situation, ...view }))))(
    'are sound with $situation, $theme, $width pixels wide',
    async ({ situation, theme, width }) => {
      const { base } = await start(situation)
      const tab = await open({ theme, width })
      for (const page of pages) {
        await tab.goto(base + page)
        await expectSound(tab)
        expect(await tab.nodes(), page).toBeLessThanOrEqual(2000)
        expect(await tab.page.title(), page).not.toBe('taken')
      }
    },
  )

  it('are read without a script', async () => {
    const { base } = await start('trouble', { assets: new Map() })
    const tab = await open({ javaScript: false })
    await tab.page.goto(`${base}/providers`)
    await tab.page.getByLabel('Name or error').fill('consul/1')
    await tab.page.getByRole('button', { name: 'Find' }).click()
    expect(await tab.page.locator('output').textContent()).toBe('1 of 9 providers')
  })

  it('find while one types, and keep the address and the focus', async () => {
    const { base } = await start('many')
    const tab = await open()
    await tab.goto(`${base}/`)
    await tab.page.keyboard.press('/')
    await tab.page.keyboard.type('job-4321')
    await expect.poll(() => tab.page.locator('output').textContent()).toBe('1 of 5,000')
    expect(await tab.page.locator('tbody tr').count()).toBe(1)
    expect(new URL(tab.page.url()).search).toBe('?q=job-4321')
    expect(await tab.page.evaluate('document.activeElement.name')).toBe('q')
    expect(tab.faults).toEqual([])
  })

  it('show every text as text', async () => {
    const { base } = await start('trouble')
    const tab = await open()
    await tab.goto(`${base}/providers`)
    await tab.page.getByText(nasty.html, { exact: true }).first().waitFor()
    expect(await tab.page.locator('main img, main script').count()).toBe(0)
    // A mark that turns the direction of writing is shown as what it is.
    await tab.page.getByText('abc\\u202egnp.exe\\u2066', { exact: true }).first().waitFor()
    expect((await tab.page.content()).includes('x'.repeat(10_000))).toBe(false)
  })

  it('follow muster while they are looked at, and stop when told to', async () => {
    const from = situations.nothing()
    let version = 'first'
    served = await serve(
      {
        ...from,
        build: { ...from.build },
        flags: {},
        readiness: () => (version === 'first' ? 'ready' : 'stopping'),
      },
      { assets: readAssets(builtAssets) },
    )
    const tab = await open()
    await tab.goto(`${served.base}/`)
    expect(await tab.page.locator('#condition').count()).toBe(0)
    version = 'second'
    await tab.page.locator('#condition').waitFor()
    expect(await tab.page.getByLabel('Live').isChecked()).toBe(true)
    await tab.page.getByLabel('Live').uncheck()
    await tab.page.reload()
    expect(await tab.page.getByLabel('Live').isChecked()).toBe(false)
  })

  it('say so when muster is gone, and keep what they show', async () => {
    const { base, stop } = await start('many')
    const tab = await open()
    await tab.goto(`${base}/`)
    await stop()
    served = undefined
    await tab.page.getByText('muster does not answer').waitFor()
    expect(await tab.page.locator('tbody tr').count()).toBe(50)
  })

  it('keep the theme that was chosen, from the first byte on', async () => {
    const { base, request } = await start('nothing')
    const tab = await open({ theme: 'light' })
    await tab.goto(`${base}/`)
    await tab.page.getByLabel('Theme').selectOption('dark')
    await tab.page.reload()
    expect(await tab.page.evaluate('document.documentElement.className')).toBe('theme-dark')
    const { text } = await request('/', { headers: { Cookie: 'muster-theme=dark' } })
    expect(text).toContain('<html lang="en" class="theme-dark">')
  })

  it('are gone through by the keyboard', async () => {
    const { base } = await start('many')
    const tab = await open()
    await tab.goto(`${base}/`)
    await tab.page.keyboard.press('Tab')
    expect(await tab.page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
    await tab.page.keyboard.press('j')
    await tab.page.keyboard.press('j')
    const row = 'document.activeElement.closest("tr").sectionRowIndex'
    expect(await tab.page.evaluate(row)).toBe(1)
    await tab.page.keyboard.press('?')
    await tab.page.getByRole('dialog', { name: 'Keys' }).waitFor()
    expect(await tab.violations()).toEqual([])
    await tab.page.keyboard.press('Escape')
    await tab.page.keyboard.press('g')
    await tab.page.keyboard.press('p')
    await tab.page.waitForURL(`${base}/providers`)
    expect(tab.faults).toEqual([])
  })

  it('freeze a set and accept it', async () => {
    const from = situations.trouble()
    const done: string[] = []
    const scrape = {
      ...from.discovery.scrape,
      freeze: (set: string) => void done.push(`freeze ${set}`),
      accept: (set: string) => void done.push(`accept ${set}`),
    }
    served = await serve(
      { ...from, discovery: { ...from.discovery, scrape } },
      { assets: readAssets(builtAssets), enableLifecycle: true },
    )
    const tab = await open()
    await tab.goto(`${served.base}/providers`)
    await tab.page.getByLabel('Freeze the set of job').fill('node')
    await tab.page.getByRole('button', { name: 'Continue' }).click()
    await tab.page.getByRole('button', { name: 'Freeze node' }).click()
    await tab.page.waitForURL(`${served.base}/providers#guarded`)
    await tab.page.getByRole('button', { name: `Accept ${nasty.html}` }).click()
    await expect.poll(() => done).toEqual(['freeze node', `accept ${nasty.html}`])
    expect(tab.faults).toEqual([])
  })
})
