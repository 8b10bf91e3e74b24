import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { describe, expect } from 'vitest'

/** The browser that scripts/browser.sh installs, or $MUSTER_CHROMIUM; undefined where there is none. */
function browserPath(): string | undefined {
  const found = process.env['MUSTER_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell'
  try {
    accessSync(found, constants.X_OK)
    return found
  } catch {
    return undefined
  }
}

/**
 * A suite in a real browser. Where there is none it is left out by name; with CI set it runs and fails, so
 * that continuous integration cannot pass without it.
 */
export function describeInBrowser(title: string, suite: () => void): void {
  if (browserPath() !== undefined || process.env['CI'] !== undefined) describe(title, suite)
  else describe.skip(`${title} (left out: needs a browser; see scripts/browser.sh)`, suite)
}

/** Starts the browser: one is enough for a file of tests. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = browserPath()
  if (executablePath === undefined) throw new Error('no browser: run scripts/browser.sh')
  return await chromium.launch({ executablePath })
}

export interface TabOptions {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
  readonly javaScript?: boolean
}

/** One tab with a context of its own, and all that went wrong in it. */
export class Tab {
  /** Script errors, and what the browser complains of, as a refusal of the Content-Security-Policy. */
  readonly faults: string[] = []
  readonly page: Page
  readonly #context: BrowserContext

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.on('pageerror', (error) => this.faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text())
    })
    page.on('request', (request) => {
      if (!/^(http:\/\/127\.0\.0\.1:|data:)/.test(request.url())) this.faults.push(request.url())
    })
  }

  static async open(browser: Browser, options: TabOptions = {}): Promise<Tab> {
    const { theme = 'light', width = 1440, javaScript = true } = options
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      javaScriptEnabled: javaScript,
    })
    return new Tab(context, await context.newPage())
  }

  /** Opens an address, and waits until the script of the page has run. */
  async goto(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.waitForSelector('#tools select, html:not(:has(script))', { state: 'attached' })
  }

  /** What is wrong for readers with a screen reader, a keyboard or weak eyes, as axe finds it. */
  async violations(): Promise<readonly string[]> {
    await this.page.evaluate(axe.source)
    return await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      const { violations } = await axe.run()
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 300) ?? ''}`)
    })
  }

  /** How much wider the page is than its window, in pixels. */
  async overflow(): Promise<number> {
    return await this.page.evaluate(
      'Math.max(0, document.documentElement.scrollWidth - innerWidth)',
    )
  }

  /** How many nodes the page has. */
  async nodes(): Promise<number> {
    return await this.page.evaluate("document.querySelectorAll('*').length")
  }

  async close(): Promise<void> {
    await this.#context.close()
  }
}

/** Expects that nothing went wrong in a tab, and that the page is fit for everybody. */
export async function expectSound(tab: Tab): Promise<void> {
  expect(await tab.violations()).toEqual([])
  expect(await tab.overflow()).toBe(0)
  expect(tab.faults).toEqual([])
}

/** Where the build puts the files of the pages. */
export const builtAssets: string = path.resolve(import.meta.dirname, '../../../dist/ui/static')
