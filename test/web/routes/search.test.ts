import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PoolSource } from '../../../src/web/index.js'
import { group, job, Rig, rule } from '../../scrape/search/rig.js'
import { targetCsv } from '../../../src/web/routes/target-files.js'
import { type Served, serve, sources } from '../helpers.js'

const rig = new Rig()
const state: { served?: Served } = {}

const labels = { __address__: 'a:1', env: 'prod', evil: '<script>\u202E\u0000' }

beforeAll(async () => {
  rig.configure(
    job('a/b', {
      relabel_configs: [rule({ source_labels: ['env'], regex: 'test', action: 'drop' })],
    }),
  )
  const nodes = group(
    'nodes',
    {},
    labels,
    { __address__: 'b:1', env: 'test' },
    { __address__: '/' },
  )
  await rig.put('a/b', { 'file/0/nodes': nodes })
  const pools: PoolSource = {
    pools: () => rig.manager.pools(),
    pool: (name) => rig.manager.pool(name),
    configYaml: () => undefined,
    relabelSteps: (name, given) => rig.manager.pool(name)?.explainBeside(given),
    rulePlaces: () => ['p.yml:3:5'],
  }
  state.served = await serve({ ...sources(), pools, search: rig.search })
})
afterAll(async () => {
  await state.served?.stop()
  rig.stop()
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly data: Readonly<Record<string, unknown>> & { readonly items: readonly { id: string }[] }
    readonly error: string
  }
}

async function get(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${state.served?.base ?? ''}/api/v1${path}`, init)
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Answer['body']
  return { status: response.status, headers: response.headers, body }
}

async function post(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return await get('/relabel', { method: 'POST', body: text, headers })
}

describe('/api/v1/targets/search', () => {
  it('gives targets, counts and the time it took', async () => {
    const { body } = await get('/targets/search?q=prod&facet=env')
    expect(body).toMatchObject({
      status: 'success',
      data: {
        items: [
          { pool: 'a/b', state: 'active', scrapeUrl: 'http://a:1/metrics', provider: 'file/0' },
        ],
        total: 3,
        matched: 1,
        byState: { active: 1, dropped: 0, failed: 0, held: 0, restored: 0 },
        facets: { env: [{ value: 'prod', count: 1 }] },
        version: expect.any(String) as unknown,
        tookMs: expect.any(Number) as unknown,
      },
    })
  })

  it('takes several states and pools, and says 304 to one that has the answer', async () => {
    const path = '/targets/search?state=dropped&state=failed&pool=a%2Fb&pool=x'
    const { body, headers } = await get(path)
    expect(body.data).toMatchObject({ matched: 2 })
    const again = await get(path, { headers: { 'If-None-Match': headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it.each([
    ['q=a%3D~(', /^q: character 4: .*missing closing \)/],
    ['state=up', /^state: it is one of active, dropped, failed, held, restored$/],
    ['in=x', /^in: it is one of all, labels, discovered$/],
    ['limit=501', /^limit: it is a number up to 500$/],
    ['offset=-1', /^offset: it is a number/],
    ['member=c-1', /^member: /],
    [`facet=a&facet=b&facet=c&facet=d&facet=e&facet=f`, /^facet: there are 5 at most$/],
  ])('refuses %s', async (query, says) => {
    const { status, body } = await get(`/targets/search?${query}`)
    expect([status, body.error]).toEqual([400, expect.stringMatching(says)])
  })

  it('says where in a query something is wrong', async () => {
    expect((await get('/targets/search?q=x%20rule:y')).body).toMatchObject({
      errorType: 'bad_data',
      position: { from: 2, to: 8 },
    })
  })

  it('gives one target by its id, rule by rule', async () => {
    const { body } = await get('/targets/search?state=dropped')
    const id = body.data.items[0]?.id ?? ''
    expect((await get(`/targets/a%2Fb/${id}`)).body.data).toMatchObject({
      id,
      state: 'dropped',
      rule: { number: 1, action: 'drop' },
      group: 'nodes',
      steps: [{ keep: false }],
      places: ['p.yml:3:5'],
    })
    expect((await get(`/targets/a/b/${id}`)).status).toBe(200)
  })

  it.each([
    '/targets/a%2Fb/0123456789ab',
    '/targets/a%2Fb/x',
    '/targets/x',
    '/targets/%FF/0123456789ab',
  ])('knows nothing at %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('refuses a fifth search at a time, and says when to try again', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => get(`/targets/search?q=x${String(i)}`)),
    )
    const busy = answers.find(({ status }) => status === 429)
    for (const { status } of answers) expect([200, 429]).toContain(status)
    if (busy !== undefined) expect(busy.headers.get('retry-after')).toBe('1')
  })
})

describe('/api/v1/targets/download', () => {
  it('gives what is found as a table for spreadsheets, which run nothing in it', async () => {
    const answer = await fetch(`${state.served?.base ?? ''}/api/v1/targets/download?format=csv`)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="targets.csv"')
    const [head, first, second, third] = (await answer.text()).split('\r\n')
    expect(head).toBe(
      'state,job,url,address,labels,discovered_labels,rule,place,error,held,restored,provider,since,id',
    )
    expect(first).toMatch(/^active,a\/b,http:\/\/a:1\/metrics,a:1,"\{env=""prod"", evil=""<script>/)
    expect(second).toMatch(
      /^dropped,a\/b,,b:1,,"\{__address__=""b:1"".*",1,,,,,file\/0,,[0-9a-f]{12}$/,
    )
    expect(third).toMatch(/^failed,/)
  })

  it.each([
    { value: '=1+1', field: "'=1+1" },
    { value: '@x', field: "'@x" },
    { value: '-a\n"b', field: '"\'-a\n""b"' },
    { value: 'a=1', field: 'a=1' },
  ])('writes $value as $field', ({ value, field }) => {
    const item = { id: 'i', pool: value, state: 'failed', provider: 'file/0' } as const
    expect([...targetCsv([item])][1]).toBe(`failed,${field},,,,{},,,,,,file/0,,i\r\n`)
  })

  it('gives the same targets as the search, as an array', async () => {
    const { body } = await get('/targets/search?sort=-address')
    const answer = await fetch(`${state.served?.base ?? ''}/api/v1/targets/download?sort=-address`)
    expect(await answer.json()).toEqual(body.data.items)
    const none = await fetch(`${state.served?.base ?? ''}/api/v1/targets/download?q=nothing-at-all`)
    expect(await none.text()).toBe('[]\n')
  })

  it.each(['format=xml', 'q=a%3D~%22(%22', 'state=up'])('refuses %s', async (query) => {
    expect((await get(`/targets/download?${query}`)).status).toBe(400)
  })
})

describe('POST /api/v1/relabel', () => {
  const rules = '- source_labels: [env]\n  target_label: stage\n- regex: env\n  action: labeldrop\n'

  it('says what each rule does to labels', async () => {
    const { status, body } = await post({ rules, labels })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      keep: true,
      steps: [
        {
          place: { line: 1, column: 3 },
          rule: { action: 'replace', target_label: 'stage' },
          before: labels,
          after: { ...labels, stage: 'prod' },
          keep: true,
        },
        { place: { line: 3, column: 3 }, after: { stage: 'prod', __address__: 'a:1' } },
      ],
    })
  })

  it('says it of a target', async () => {
    const found = await get('/targets/search?q=prod')
    const target = { pool: 'a/b', id: found.body.data.items[0]?.id }
    expect((await post({ rules: '[{action: drop}]', target })).body.data).toMatchObject({
      labels,
      keep: false,
    })
    const other = { pool: 'a/b', id: '0123456789ab' }
    expect((await post({ rules: '[]', target: other })).status).toBe(404)
  })

  it('tries rules on all targets of a job, against those in force', async () => {
    const all = '- {source_labels: [env], regex: prod, action: drop}'
    expect((await post({ rules: all, pool: 'a/b' })).body.data).toMatchObject({
      total: 3,
      checked: 3,
      kept: 1,
      dropped: 1,
      failed: 1,
      changed: 2,
      examples: [
        { change: 'dropped', before: { env: 'prod' }, rule: 1 },
        { change: 'kept', after: { env: 'test', instance: 'b:1' } },
      ],
    })
    const same = '- {source_labels: [env], regex: test, action: drop}'
    expect((await post({ rules: same, pool: 'a/b' })).body.data).toMatchObject({ changed: 0 })
    expect((await post({ rules: same, pool: 'x' })).status).toBe(404)
  })

  it.each<readonly [title: string, body: unknown, says: RegExp]>([
    ['a body that is not JSON', '{', /^the body is not JSON/],
    ['a list', [], /^the body must be a JSON object/],
    ['no rules', { labels: {} }, /^rules: it must be a text/],
    ['nothing to try them on', { rules: '' }, /^give one of labels, target and pool$/],
    ['two things to try them on', { rules: '', labels: {}, pool: 'a' }, /^give one of/],
    ['labels that are no texts', { rules: '', labels: { a: 1 } }, /^labels: the value of "a"/],
    ['a target without id', { rules: '', target: null }, /^target: it must be an object/],
    ['a scheme', { rules: '', labels: {}, scheme: 'x' }, /^scheme: it is utf8 or legacy$/],
    ['bad YAML', { rules: '- a: [', labels: {} }, /^rules: line \d+, column \d+: /],
    [
      'an unknown key',
      { rules: '- action: drop\n- acton: drop', labels: {} },
      /^rules: line 2, column 3: field acton not found/,
    ],
    ['a bad regex', { rules: "- regex: '('", labels: {} }, /^rules: line 1, column \d+: .*missing/],
    ['a bad rule', { rules: '- action: hashmod', labels: {} }, /^rules: line 1, column 3: relabel/],
    ['an alias', { rules: '- &a {action: drop}\n- *a', labels: {} }, /anchors and aliases/],
    [
      'an expression that takes seconds to compile',
      { rules: "- regex: '((x{1000}){100})'", labels: {} },
      /too large to be tried here/,
    ],
  ])('refuses %s', async (_, body, says) => {
    const answer = await post(body)
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(says)])
  })

  it('gives every fault with its line and column', async () => {
    const answer = await post({ rules: '- acton: drop\n- {action: x}', labels: {} })
    expect(answer.body).toMatchObject({
      issues: [
        { line: 1, column: 3 },
        { line: 2, column: 12 },
      ],
    })
  })

  it('takes no long body, and none from pages of others', async () => {
    expect((await post('x'.repeat(70_000))).status).toBe(413)
    expect((await post({ rules: '', labels: {} }, { Origin: 'http://evil.test' })).status).toBe(403)
  })
})

it('/api/v1/overview counts, and says what is wrong', async () => {
  expect((await get('/overview')).body.data).toEqual({
    readiness: 'ready',
    counts: { jobs: 1, total: 3, active: 1, dropped: 1, failed: 1, held: 0, restored: 0 },
    jobs: [{ name: 'a/b', active: 1, dropped: 1, failed: 1, held: 0, restored: 0, error: '' }],
    failingProviders: [],
    guarded: [],
    reload: { ok: true, lastSuccess: '1970-01-01T00:00:01.000Z', error: null },
    changes: null,
  })
})
