/**
 * What the page of 100,000 targets costs in a real browser, against its budgets. It needs the browser that
 * scripts/browser.sh installs, or $MUSTER_CHROMIUM.
 *
 *   node bench/dist/pages.js [targets, 100000] [rounds, 40]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { line, median } from './report.js'

const [targets = 100_000, rounds = 40] = process.argv.slice(2).map(Number)
const here = path.dirname(fileURLToPath(import.meta.url))
const dist = path.resolve(here, '../../dist')

/** A folder with a config and one file of targets, with 20 labels each. */
function workspace(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-bench-'))
  const groups = Array.from({ length: targets / 10 }, (_, g) => ({
    targets: Array.from({ length: 10 }, (_one, i) => {
      const [high, low] = [String(g >> 8), String(g & 255)]
      return `10.${high}.${low}.${String(i)}:9100`
    }),
    labels: Object.fromEntries(
      Array.from({ length: 20 }, (_one, i) => [
        `label_${String(i)}`,
        `value-${String(i)}-${String(g % 50)}`,
      ]),
    ),
  }))
  writeFileSync(path.join(folder, 'targets.json'), JSON.stringify(groups))
  const config = 'scrape_configs: [{job_name: j, file_sd_configs: [{files: [targets.json]}]}]\n'
  writeFileSync(path.join(folder, 'prometheus.yml'), config)
  return folder
}

/** Waits until the daemon has all targets. */
async function loaded(base: string): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(`${base}/api/v1/targets/search?limit=1`)
      if (answer.ok) {
        const { data } = (await answer.json()) as { data?: { total: number } }
        if (data?.total === targets) return
      }
    } catch (error) {
      // It does not listen yet.
      if (!(error instanceof TypeError)) throw error
    }
    await delay(100)
  }
}

// A text: it runs in the browser, of whose types nothing is known here.
const watch = `
  globalThis.seen = { longest: 0, shift: 0, firstRow: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) seen.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });
  const look = () => {
    if (document.querySelector('tbody tr') === null) requestAnimationFrame(look);
    else seen.firstRow = performance.now();
  };
  look();
`

interface Seen {
  readonly longest: number
  readonly shift: number
  readonly firstRow: number
}

/** Types a search and waits until only its rows are there; milliseconds. */
async function keystroke(page: Page, round: number): Promise<number> {
  const g = (round * 97) % Math.floor(targets / 10)
  const word = `10.${String(g >> 8)}.${String(g & 255)}.${String(round % 10)}:9100`
  const script = `new Promise((resolve) => {
    const field = document.querySelector('main input[name=q]');
    const began = performance.now();
    field.value = ${JSON.stringify(word)};
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => {
      const rows = document.querySelectorAll('tbody tr');
      if (rows.length === 1 && rows[0].textContent.includes(${JSON.stringify(word)})) {
        resolve(performance.now() - began);
      } else requestAnimationFrame(look);
    };
    look();
  })`
  return await page.evaluate(script)
}

/** Types an address letter by letter; milliseconds until the rows of each are there. */
async function typed(page: Page, word: string): Promise<readonly number[]> {
  const times: number[] = []
  for (let length = 1; length <= word.length; length += 1) {
    const part = JSON.stringify(word.slice(0, length))
    times.push(
      await page.evaluate<number>(`new Promise((resolve) => {
        const field = document.querySelector('main input[name=q]');
        const began = performance.now();
        field.value = ${part};
        field.dispatchEvent(new Event('input', { bubbles: true }));
        const look = () => {
          // The address is set in the task that shows the rows.
          if (new URL(location.href).searchParams.get('q') === ${part}) resolve(performance.now() - began);
          else requestAnimationFrame(look);
        };
        look();
      })`),
    )
  }
  return times
}

/** How long the longest task of the tab took of its thread; milliseconds. Other work on the machine is no part of it. */
async function longestThreadTime(page: Page, work: () => Promise<void>): Promise<number> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page has no browser')
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
  await work()
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly {
      name: string
      pid: number
      tid: number
      tdur?: number
      args?: { name?: string }
    }[]
  }
  const main = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${String(pid)} ${String(tid)}`),
  )
  const tasks = trace.traceEvents.filter(
    ({ name, pid, tid }) => name === 'RunTask' && main.has(`${String(pid)} ${String(tid)}`),
  )
  return Math.max(0, ...tasks.map(({ tdur = 0 }) => tdur)) / 1000
}

function percentile95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`
}

async function measure(page: Page, base: string): Promise<void> {
  const answer = await fetch(`${base}/targets`)
  line('HTML, gzip', kilobytes(gzipSync(await answer.text()).length), '40 KB at most')
  const assets = path.join(dist, 'ui/static')
  for (const [extension, most] of [
    ['.js', '25 KB at most'],
    ['.css', '8 KB at most'],
  ] as const) {
    const files = readdirSync(assets).filter((name) => name.endsWith(`${extension}.gz`))
    const bytes = files.reduce((sum, name) => sum + statSync(path.join(assets, name)).size, 0)
    line(`${extension.slice(1).toUpperCase()}, gzip`, kilobytes(bytes), most)
  }
  await page.addInitScript(watch)
  const firstRows: number[] = []
  for (let i = 0; i < 5; i += 1) {
    await page.goto(`${base}/targets`)
    await page.waitForFunction('seen.firstRow > 0')
    const { firstRow } = await page.evaluate<Seen>('seen')
    firstRows.push(firstRow)
  }
  const nodes = await page.evaluate<number>("document.querySelectorAll('*').length")
  line('DOM nodes', String(nodes), '1,500 at most')
  line('first row', `${median(firstRows).toFixed(0)} ms`, '500 ms at most')
  // A search that finds less moves what is below the rows, which is what was asked for.
  const { shift } = await page.evaluate<Seen>('seen')
  line('layout shift', shift.toFixed(3), '0')
  const strokes: number[] = []
  let letters: readonly number[] = []
  const threadTime = await longestThreadTime(page, async () => {
    for (let round = 1; round <= rounds; round += 1) strokes.push(await keystroke(page, round))
    letters = [...(await typed(page, '10.3.7.5:9100')), ...(await typed(page, 'value-7-12'))]
  })
  const most = '150 ms at most'
  line('a keystroke to its rows, p95', `${percentile95(strokes).toFixed(0)} ms`, most)
  line('the same, typed letter by letter, p95', `${percentile95(letters).toFixed(0)} ms`, most)
  line('longest task, processor time', `${threadTime.toFixed(0)} ms`, '50 ms at most')
  const { longest } = await page.evaluate<Seen>('seen')
  const task = longest === 0 ? 'below 50 ms' : `${longest.toFixed(0)} ms`
  line('longest task', task, '50 ms at most')
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  line('heap of the tab', `${(usedSize / 1024 / 1024).toFixed(1)} MB`, '30 MB at most')
}

const folder = workspace()
const port = '19199'
const daemon = spawn(
  process.execPath,
  [
    path.join(dist, 'bin/muster.js'),
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
const browser = await chromium.launch({
  executablePath: process.env['MUSTER_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell',
})
try {
  const base = `http://127.0.0.1:${port}`
  await loaded(base)
  await measure(await browser.newPage(), base)
} finally {
  await browser.close()
  daemon.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
