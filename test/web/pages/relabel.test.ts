import { afterEach, describe, expect, it } from 'vitest'
import { readLabels, writeLabels } from '../../../src/web/pages/label-text.js'
import { type Served, serve, sources } from '../helpers.js'
import { nasty } from './situations.js'

let served: Served | undefined
afterEach(async () => {
  await served?.stop()
  served = undefined
})

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

describe('labels in the playground', () => {
  it.each([
    ['lines', 'a="1"\n b = "x\\"y"\n', { a: '1', b: 'x"y' }],
    ['a selector', '{a="1", b="2",}', { a: '1', b: '2' }],
    ['a series', ' up{job="x"} ', { __name__: 'up', job: 'x' }],
    ['JSON', '{"a":"1","__proto__":"2"}', JSON.parse('{"a":"1","__proto__":"2"}')],
    ['a name in quotes', '"a b"="c"', { 'a b': 'c' }],
    ['nothing', ' \n', {}],
  ])('may be %s', (_, text, labels) => {
    expect(readLabels(text)).toEqual({ kind: 'labels', labels })
  })

  it.each([
    ['node/0123456789ab', 'node'],
    ['http://127.0.0.1:1/x/targets/a%2Fb/0123456789ab\n', 'a/b'],
  ])('may be the target %s', (text, job) => {
    expect(readLabels(text)).toEqual({ kind: 'target', job, id: '0123456789ab' })
  })

  it.each([
    ['a="1"\nb', 2, 2, 'write name="value"'],
    ['a=1', 1, 3, 'the value must be in double quotes'],
    ['a="\\x"', 1, 3, 'the value must be in double quotes'],
    ['="1"', 1, 1, 'a label name is missing'],
    ['{a="1"} x', 1, 8, 'nothing may follow the closing brace'],
    ['{"a":1}', 1, 1, 'the value of "a" must be a text'],
  ])('are refused with the place: %s', (text, line, column, message) => {
    expect(readLabels(text)).toEqual({ kind: 'fault', fault: { line, column, message } })
  })

  it('are written so that nothing of them is invisible, and read again', () => {
    const labels = { turned: nasty.turned, 'a b': nasty.html, lines: '\n\r\t\u2028' }
    const text = writeLabels(labels)
    expect(text.includes(nasty.turned)).toBe(false)
    expect(readLabels(text)).toEqual({ kind: 'labels', labels })
  })
})

describe('the form of the playground', () => {
  it('shows what is too long, from another site, or of a job that is not there', async () => {
    served = await serve(sources())
    const post = (body: string, headers = {}): ReturnType<Served['request']> =>
      served?.request('/relabel', { method: 'POST', body, headers }) ?? Promise.reject(new Error())
    const long = await post(form({ rules: 'x'.repeat(70_000) }))
    expect([long.status, long.text]).toEqual([413, expect.stringContaining('65,536 bytes')])
    const foreign = await post('', { Origin: 'http://evil.test' })
    expect([foreign.status, foreign.text]).toEqual([403, expect.stringContaining('are refused')])
    const tested = await post(form({ rules: '[]', labels: 'a="1"', show: 'test' }))
    expect(tested.text).toContain('Name the job whose rules are tested.')
    expect((await served.request('/relabel?job=x')).text).toContain('No job is called')
  })

  it.each(Object.entries(nasty))('shows texts with %s as text', async (_, text) => {
    served = await serve(sources())
    const labels = JSON.stringify({ a: text.slice(0, 10_000) })
    const rules = '- {source_labels: [a], target_label: b}'
    const answer = await served.request('/relabel', {
      method: 'POST',
      body: form({ rules, labels, job: text.slice(0, 1000), show: 'test' }),
    })
    expect(answer.status).toBe(200)
    const [, result = ''] = answer.text.split('id="result"')
    expect(result).not.toMatch(/<img|<script>/)
    expect(result.includes(nasty.turned)).toBe(false)
  })

  it('takes rules with a thousand steps and labels', async () => {
    served = await serve(sources())
    const map = '- {regex: "a(.*)", replacement: "b$1", action: labelmap}\n'
    const rules = map + '- {source_labels: [a1], target_label: c}\n'.repeat(299)
    const labels = JSON.stringify(
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`a${String(i)}`, 'x'])),
    )
    const answer = await served.request('/relabel', {
      method: 'POST',
      body: form({ rules, labels }),
    })
    expect(answer.text.includes('and 200 more rules')).toBe(true)
    expect(answer.text.length).toBeLessThan(500_000)
  })
})
