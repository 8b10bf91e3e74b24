/**
 * The speed of the rule engine: eight usual rules over 100,000 label sets of 25 labels, in one thread.
 *
 *   node bench/dist/relabel.js
 *
 * The figures it is compared with are those of Prometheus 3.5.3's own code on two cores of the kind
 * this was written on. They are only good as ratios, and best when nothing else runs.
 */
import { Relabeler } from 'muster-sd/relabel'
import { labelSets, usualRules } from './consul-labels.js'
import { cpuMs, line, median, ratios, whole } from './report.js'

const count = 100_000
const rounds = 7
const prometheus = [62_000, 75_000] as const

const sets = labelSets(0, count)

let kept = 0
const wall: number[] = []
const cpu: number[] = []
for (let round = 0; round < rounds; round += 1) {
  // A new one each time: what is remembered from one round must not help the next.
  const relabeler = new Relabeler(usualRules)
  kept = 0
  const began = performance.now()
  cpu.push(
    cpuMs(() => {
      for (const labels of sets) if (relabeler.apply(labels) !== undefined) kept += 1
    }),
  )
  wall.push(performance.now() - began)
}

const perSecond = (ms: number): number => (count / ms) * 1000
const shown = (value: number): string => `${whole(value)}/s`
line(`8 rules, ${String(count)} label sets, ${String(kept)} kept (median of ${String(rounds)})`, '')
line(
  '  label sets a second, by the clock',
  shown(perSecond(median(wall))),
  ratios(perSecond(median(wall)), prometheus, '/s'),
)
line(
  '  label sets a second of processor time',
  shown(perSecond(median(cpu))),
  ratios(perSecond(median(cpu)), prometheus, '/s'),
)
line(
  '  the first round, everything cold',
  shown(perSecond(wall[0] ?? 0)),
  ratios(perSecond(wall[0] ?? 0), prometheus, '/s'),
)

for (const rule of usualRules) {
  const times: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const relabeler = new Relabeler([rule])
    times.push(
      cpuMs(() => {
        for (const labels of sets) relabeler.apply(labels)
      }),
    )
  }
  line(`  alone: ${rule.action} ${rule.regex ?? ''}`.slice(0, 58), shown(perSecond(median(times))))
}
