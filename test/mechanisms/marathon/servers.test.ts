import { asyncScheduler } from 'rxjs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import { marathon } from '../../../src/mechanisms/marathon/index.js'
import { until } from '../../helpers/until.js'
import { type Asked, serve } from '../../http/harness.js'
import { decode } from '../suite/run.js'
import { testContext } from '../../../src/testing/discovery/index.js'

const options = { registry: new Registry(), env: {}, userAgent: 'muster/test' }

async function server(): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const { url, asked } = await serve((_, response) => response.end('{}'))
  return { url: url.replace(/\/$/, ''), asked }
}

it.each([
  ['the first', 0, 0],
  ['the second', 0.4, 1],
  ['the last', 0.999_999, 2],
])('asks %s of its servers when the number says so', async (_, random, chosen) => {
  const servers = [await server(), await server(), await server()]
  const mechanism = marathon(options)
  const config = decode(mechanism, { servers: servers.map(({ url }) => url) })
  const context = { ...testContext(asyncScheduler), random: () => random }
  const subscription = mechanism.create(config, context).findings().subscribe()
  await until('the request', () => servers[chosen]?.asked.length === 1)
  subscription.unsubscribe()
  expect(servers.map(({ asked }) => asked.length)).toEqual(
    servers.map((__, i) => Number(i === chosen)),
  )
})

it('reads a token from its file for each poll, and says so when it cannot', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-marathon-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'token')
  const { url, asked } = await server()
  const mechanism = marathon(options)
  const config = decode(mechanism, { servers: [url], auth_token_file: file })
  const context = testContext(asyncScheduler)
  const findOnce = async (): Promise<void> => {
    const { length } = context.errors
    const subscription = mechanism
      .create(config, context)
      .findings()
      .subscribe((finding) => context.take(finding))
    await until('an end', () => context.wells > 0 || context.errors.length > length)
    subscription.unsubscribe()
  }
  await findOnce()
  expect(asked).toEqual([])
  expect(String(context.errors[0])).toContain(`unable to read auth token file ${file}: `)
  await writeFile(file, 'geheim-from-file\n')
  await findOnce()
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(['token=geheim-from-file'])
})
