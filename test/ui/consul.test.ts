import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'
import { forThisTest } from '../helpers/real-process.js'
import { describeInBrowser, openBrowser, Tab } from './helpers/browser.js'

const ports = Array.from({ length: 10 }, (_, i) => 9100 + i)

describeWithPeers('services of a real Consul', ['consul'], () => {
  describeInBrowser('in a browser', () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser.close())

    it('come and go; a sudden loss is held until it is accepted, and a frozen set stays as it is', async () => {
      const consul = await forThisTest(RealConsul.start())
      await consul.registerPorts('web', ports)
      const workspace = new Workspace()
      onTestFinished(() => workspace.remove())
      const config = workspace.write(
        'prometheus.yml',
        `scrape_configs:
  - job_name: services
    scrape_interval: 100y
    consul_sd_configs: [{server: '${consul.address}', services: [web], refresh_interval: 1s}]
`,
      )
      const daemon = await forThisTest(
        Daemon.start(config, [
          '--web.enable-lifecycle',
          '--discovery.guard=share=50%,minimum=3,answers=100,after=1h',
        ]),
      )
      const tab = await Tab.open(browser)
      onTestFinished(() => tab.close())
      const link = (port: number): Locator =>
        tab.page.getByRole('link', { name: `127.0.0.1:${String(port)}` })

      await tab.goto(`${daemon.url}/targets?pool=services`)
      await link(9109).waitFor()
      await consul.registerPorts('web', [9200])
      await link(9200).waitFor()
      await consul.deregister('web-9200')
      await link(9200).waitFor({ state: 'detached' })

      // Most of them go at once.
      await consul.deregister(...ports.slice(2).map((port) => `web-${String(port)}`))
      await tab.goto(`${daemon.url}/providers`)
      const held = tab.page.getByRole('row', { name: 'services' }).filter({ hasText: 'held' })
      await held.waitFor()
      await tab.goto(`${daemon.url}/targets?pool=services`)
      await link(9109).waitFor()
      await tab.goto(`${daemon.url}/providers`)
      await tab.page.getByRole('button', { name: 'Accept services' }).click()
      await tab.page.getByText('No set is held or frozen.').waitFor()
      await tab.goto(`${daemon.url}/targets?pool=services`)
      await link(9101).waitFor()
      await link(9109).waitFor({ state: 'detached' })

      await tab.goto(`${daemon.url}/providers`)
      await tab.page.getByLabel('Freeze the set of job').fill('services')
      await tab.page.getByRole('button', { name: 'Continue' }).click()
      await tab.page.getByRole('button', { name: 'Freeze services' }).click()
      await tab.page.getByRole('row', { name: 'services' }).filter({ hasText: 'frozen' }).waitFor()
      await consul.deregister('web-9100')
      await tab.goto(`${daemon.url}/providers`)
      await tab.page.getByRole('row', { name: 'services' }).filter({ hasText: 'frozen' }).waitFor()
      await tab.goto(`${daemon.url}/targets?pool=services`)
      await link(9100).waitFor()
      await tab.goto(`${daemon.url}/providers`)
      await tab.page.getByRole('button', { name: 'Accept services' }).click()
      await tab.page.getByText('No set is held or frozen.').waitFor()
      await tab.goto(`${daemon.url}/targets?pool=services`)
      await link(9100).waitFor({ state: 'detached' })
      expect(tab.faults).toEqual([])
    })
  })
})
