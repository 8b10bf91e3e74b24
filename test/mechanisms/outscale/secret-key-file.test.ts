import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { outscale } from '../../../src/mechanisms/outscale/index.js'
import { serve } from '../../http/harness.js'
import { pollingOf } from '../polling.js'

it('reads the file of the secret key for each poll, and says so where it cannot', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-outscale-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'key')
  const server = await serve((_, response) => response.end('{"Vms":[{"PrivateIp":"127.0.0.1"}]}'))
  const { poll } = pollingOf(
    outscale,
    `endpoint: ${server.url}\naccess_key: a\nsecret_key_file: ${file}`,
  )
  await expect(poll()).rejects.toMatchObject({
    code: 'ERR_OUTSCALE_KEY',
    message: expect.stringMatching(/^unable to read secret_key_file: ENOENT: .*key'$/) as string,
  })
  expect(server.asked).toEqual([])
  await writeFile(file, 'geheim')
  expect(await poll()).toMatchObject([
    { source: 'eu-west-2', targets: [{ __address__: '127.0.0.1:80' }] },
  ])
})
