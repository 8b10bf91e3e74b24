import { expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { all, group, job, Rig, rule } from './rig.js'

/** Repeatable chance (mulberry32). */
function chance(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % end
  }
}

/** What is looked for besides: parts of URLs, several words in one, letters of other alphabets. */
const texts = [
  'ttp://10.0.1.2',
  '/metrics',
  'Éweb',
  'WEB-1web',
  '10.0.2.11:9',
  'metrics?module',
  '?',
  'zz',
  'd',
]

const words = ['Web', 'web-1', 'db', 'eu', 'EU-1', '10.0', '0.1:9', 'http', 'x', 'prod', '/m', 'é']

it.each(Array.from({ length: 30 }, (_, i) => i + 1))(
  'finds the same as one that looks at every value, with random targets (seed %i)',
  async (seed) => {
    const dice = chance(seed)
    const pick = (): string => words[dice(words.length)] ?? ''
    const rig = new Rig()
    rig.configure(
      job('a', {
        params: dice(3) === 0 ? { module: ['x'] } : {},
        relabel_configs: [
          rule({ source_labels: ['copy'], target_label: 'copied' }),
          rule({ source_labels: ['env'], regex: 'x.*', action: 'drop' }),
          rule({ source_labels: ['env', 'copy'], target_label: 'both', separator: '/' }),
        ],
      }),
    )
    // Groups whose targets have the same labels, and groups whose targets have not.
    const isUniform = dice(2) === 0
    for (let g = 0; g < 1 + dice(4); g += 1) {
      const shared: Labels = dice(2) === 0 ? {} : { zone: pick(), env: dice(3) === 0 ? '' : pick() }
      const constant = pick()
      const targets = Array.from({ length: 1 + dice(300) }, (_, i): Labels => {
        const copy = pick()
        const more = isUniform || dice(2) === 0 ? { env: `${pick()}${pick()}`, constant } : {}
        return {
          __address__: `10.0.${String(g)}.${String(i)}:9${String(dice(9))}`,
          copy,
          twin: copy,
          ...more,
        }
      })
      await rig.put('a', { [`file/0/${String(g)}`]: group(String(g), shared, ...targets) })
    }
    const active = new Map(
      [...(rig.manager.pool('a')?.targets() ?? [])].map(({ target, discovered }) => {
        return [discovered['__address__'], target.labels()] as const
      }),
    )
    const everything = await rig.search.search(all)
    expect(everything.matched).toBe(everything.total)
    for (const scope of ['all', 'labels', 'discovered'] as const) {
      const text = dice(2) === 0 ? pick() : (texts[dice(texts.length)] ?? '')
      const isIn = (value: string): boolean => value.toLowerCase().includes(text.toLowerCase())
      const expected: string[] = []
      for (let offset = 0; offset < everything.total; offset += 500) {
        for (const item of (await rig.search.search({ ...all, offset })).items) {
          const address = item.discoveredLabels?.['__address__'] ?? ''
          const values = [
            ...(scope === 'labels' ? [] : Object.values(item.discoveredLabels ?? {})),
            ...(scope === 'discovered' ? [] : Object.values(active.get(address) ?? {})),
            ...(scope === 'discovered' ? [] : [item.scrapeUrl ?? '']),
          ]
          if (values.some(isIn)) expected.push(item.id)
        }
      }
      // Twice, and once as if it had been typed.
      for (const q of [text.slice(0, 1), text, text]) {
        const ids: string[] = []
        let matched = 0
        do {
          const answer = await rig.search.search({ ...all, q, scope, offset: ids.length })
          ids.push(...answer.items.map(({ id }) => id))
          matched = answer.matched
        } while (ids.length < matched)
        if (q === text) expect(ids, `${text} ${scope}`).toEqual(expected)
      }
      const others = await rig.search.search({ ...all, q: `-${text}`, scope, limit: 0 })
      expect(others.matched).toBe(everything.total - expected.length)
    }
    rig.stop()
  },
)
