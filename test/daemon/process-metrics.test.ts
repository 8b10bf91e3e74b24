import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { gcMetrics, processMetrics } from '../../src/daemon/process-metrics.js'
import { runActor } from '../../src/testing/index.js'

const build = {
  version: '1.2.3',
  revision: 'abc',
  branch: '',
  buildUser: '',
  buildDate: '',
  goVersion: '',
}

it('the process says what it uses and may use, and which build it is', async () => {
  const registry = new Registry()
  processMetrics(registry, build, 2000)
  const text = await registry.metrics()
  const value = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  expect(value(`muster_build_info{version="1.2.3",revision="abc",node="${process.version}"}`)).toBe(
    1,
  )
  expect(value('process_start_time_seconds')).toBe(2)
  expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6)
  expect(value('nodejs_heap_size_limit_bytes')).toBeGreaterThan(
    value('nodejs_heap_size_total_bytes'),
  )
  expect(value('nodejs_external_memory_bytes')).toBeGreaterThan(0)
  expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
  expect(value('muster_eventloop_seconds_total{state="active"}')).toBeGreaterThanOrEqual(0)
  if (process.platform === 'linux') {
    expect(value('process_max_fds')).toBeGreaterThan(value('process_open_fds'))
  }
})

it('garbage collections are counted while the daemon runs', async () => {
  const registry = new Registry()
  const running = runActor(gcMetrics(registry))
  const collected = async (): Promise<boolean> =>
    /nodejs_gc_duration_seconds_count\{kind="minor"\} [1-9]/u.test(await registry.metrics())
  // Garbage, until the heap of the young is full.
  while (!(await collected())) {
    Array.from({ length: 100_000 }, (_, i) => ({ i }))
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  expect(await running.stop()).toEqual({ ok: true })
})
