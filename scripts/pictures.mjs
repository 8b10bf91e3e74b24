#!/usr/bin/env node
// Makes the pictures of docs/pages.md: the built daemon on examples/pages, seen by the browser that
// scripts/browser.sh installs. `npm run pictures` builds first.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from 'playwright-core'

const root = path.resolve(import.meta.dirname, '..')
const images = path.join(root, 'docs/images')
const base = 'http://127.0.0.1:19198'

const pictures = [
  { name: 'overview', path: '/', height: 560 },
  { name: 'targets', path: '/targets', height: 560 },
  { name: 'discovery', path: '/service-discovery?pool=node', height: 460 },
  { name: 'relabel', path: '/relabel?job=node', height: 860 },
  { name: 'providers', path: '/providers', height: 520 },
]

const daemon = spawn(
  process.execPath,
  [
    'dist/bin/muster.js',
    '--config.file=examples/pages/prometheus.yml',
    `--web.listen-address=${new URL(base).host}`,
    '--web.enable-lifecycle',
    '--log.level=error',
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
)
const browser = await chromium.launch({
  executablePath: process.env.MUSTER_CHROMIUM ?? '/usr/bin/chromium-headless-shell',
})
try {
  await ready()
  mkdirSync(images, { recursive: true })
  for (const { name, path: page, height } of pictures) {
    const tab = await browser.newPage({ viewport: { width: 1100, height }, colorScheme: 'light' })
    await tab.goto(base + page)
    await tab.waitForSelector('#tools select')
    await tab.screenshot({ path: path.join(images, `${name}.png`) })
    await tab.close()
  }
} finally {
  await browser.close()
  daemon.kill('SIGTERM')
}

/** Waits until the file of targets was read and the provider that cannot answer has failed. */
async function ready() {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      const answer = await fetch(`${base}/api/v1/targets/search?limit=0`)
      const { data } = await answer.json()
      if (data?.total >= 8) {
        await delay(1000)
        return
      }
    } catch (error) {
      // It does not listen yet.
      if (!(error instanceof TypeError)) throw error
    }
    await delay(100)
  }
  throw new Error('muster did not find the targets of examples/pages in 30 s')
}
