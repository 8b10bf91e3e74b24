import { EventEmitter, once } from 'node:events'
import { Registry } from 'prom-client'
import { NEVER, of, asyncScheduler } from 'rxjs'
import { expect, it } from 'vitest'
import type { Discoverer, Finding } from '../../../src/discovery/index.js'
import { field, onDemand, struct, text } from '../../../src/mechanisms/kit/index.js'
import { testContext } from '../../../src/testing/discovery/index.js'

const section = struct('board', { name: field(text) })
const options = { registry: new Registry(), env: { HOME: '/root' }, userAgent: 'x' }
const context = testContext(asyncScheduler)

it('loads the code of a mechanism for each subscription, and gives it what the process shares', async () => {
  const seen: unknown[] = []
  const finding: Finding = { groups: [], complete: true }
  const { create, ...rest } = onDemand({
    name: 'board',
    section,
    shared: ({ env }) => ({ home: env['HOME'] }),
    load() {
      seen.push('loaded')
      return Promise.resolve((...given: readonly unknown[]) => {
        seen.push(given)
        return { findings: () => of(finding) }
      })
    },
  })(options)
  expect(rest).toEqual({ name: 'board', key: 'board_sd_configs', section })
  const discoverer = create({ name: 'a' }, context)
  expect(seen).toEqual([])
  const found: Finding[] = []
  await discoverer.findings().forEach((one) => found.push(one))
  expect(found).toEqual([finding])
  expect(seen).toEqual(['loaded', [{ name: 'a' }, context, { home: '/root' }]])
})

it('fails its subscription where the code cannot be loaded', async () => {
  const broken = onDemand({
    name: 'board',
    section,
    shared: () => undefined,
    load: () => Promise.reject<() => Discoverer>(new Error('no such module')),
  })(options)
  const findings = broken.create({ name: 'a' }, context).findings()
  await expect(findings.forEach(() => undefined)).rejects.toThrow('no such module')
})

it('starts nothing where it is unsubscribed from while the code is loaded', async () => {
  const made: string[] = []
  const file = new EventEmitter()
  const loading = once(file, 'loaded')
  const mechanism = onDemand({
    name: 'board',
    section,
    shared: () => undefined,
    load: async () => {
      await loading
      return () => {
        made.push('discoverer')
        return { findings: () => NEVER }
      }
    },
  })(options)
  mechanism.create({ name: 'a' }, context).findings().subscribe().unsubscribe()
  file.emit('loaded')
  await new Promise((resolve) => setImmediate(resolve))
  expect(made).toEqual([])
})
