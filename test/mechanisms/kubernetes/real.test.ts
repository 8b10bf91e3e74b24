import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubernetes as make } from '../../../src/mechanisms/kubernetes/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealKubernetes } from '../../helpers/real-kubernetes.js'
import { until } from '../../helpers/until.js'
import { fill } from './world.js'

describeWithPeers('kubernetes_sd_configs on a real API server', ['kubernetes', 'prometheus'], () => {
  let server: RealKubernetes
  beforeAll(async () => {
    server = await RealKubernetes.start()
    await fill(server)
  }, 120_000)
  afterAll(() => server.stop())

  it('finds pods', async () => {
    const one = new LiveMechanism(make, { role: 'pod', ...server.access() })
    await until('pods', () => one.targets.length > 0).catch(() => undefined)
    expect(one.context.errors).toEqual([])
    expect(one.targets.length).toBeGreaterThan(5)
    one.stop()
  })
})
