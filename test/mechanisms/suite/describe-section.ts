import { describe, expect, it } from 'vitest'
import type { Mechanism } from '../../../src/discovery/index.js'
import { httpClientConfig } from '../../../src/http/index.js'
import {
  type ConfigIssue,
  decodeText,
  formatIssue,
  sameConfig,
  Secret,
  type StructType,
  type Type,
} from '../../../src/yaml/index.js'
import { type Element, type SectionCases, yamlOf } from './cases.js'

const twoTokens = { bearer_token: 'geheim', bearer_token_file: '/t' }
const httpSecrets = (secret: string): Element => ({
  proxy_url: 'http://u:geheim@proxy',
  http_headers: { 'X-A': { secrets: [secret] } },
})

/** The tests of a mechanism's section. */
export function describeSection({ section }: Mechanism, cases: SectionCases): void {
  const { least, most, prints, refused } = cases
  const read = (element: Element): Reading => readWith(section, element)
  const keys = keysOf(section)
  const ownKeys = keys.filter((key) => !httpClientConfig.keys.has(key))
  const elements = [least, ...most]
  /** The same with keys of an HTTP client, where they may have them. */
  const withHttp = hasHttp(section)
    ? elements
        .map((one) => ({ ...one, ...httpSecrets(secretOf(read(one).config)) }))
        .filter((one) => read(one).issues.length === 0)
    : []

  describe('the section', () => {
    it('has the defaults of Prometheus', () => {
      const { config, issues } = read(least)
      expect(issues).toEqual([])
      expect(section.encode(config)).toEqual(prints)
    })

    it('is tested with every key that it has', () => {
      const given = new Set(most.flatMap((one) => Object.keys(one)))
      expect(ownKeys.filter((key) => !given.has(key))).toEqual([])
    })

    it.each([...elements, ...withHttp].map(row))(
      '%s: prints, and reads again to the same',
      (_, one) => {
        const { config, issues } = read(one)
        expect(issues).toEqual([])
        const printed = JSON.stringify(section.encode(config))
        // Its secrets are all the same.
        const again = printed
          .replaceAll('"<secret>"', JSON.stringify(secretOf(config)))
          .replaceAll('xxxxx', 'geheim')
        const second = read(JSON.parse(again) as Element)
        expect(second.issues).toEqual([])
        expect(sameConfig(second.config, config)).toBe(true)
        expect(JSON.stringify(section.encode(second.config))).toBe(printed)
      },
    )

    it.each([...elements, ...withHttp].map(row))('%s: prints no secret', (_, one) => {
      const { config } = read(one)
      const printed = JSON.stringify(section.encode(config))
      for (const secret of ['geheim', ...secretsIn(config).map((each) => each.reveal())]) {
        // A shorter one could be there by chance.
        expect(secret.length).toBeGreaterThan(5)
        expect(printed).not.toContain(secret)
      }
    })

    it.each(Object.keys(least))('needs the key %s', (key) => {
      const { [key]: _, ...rest } = least
      expect(read(rest).issues).not.toEqual([])
    })

    it.each(refused.map(([element, ...says]) => [...row(element), says] as const))(
      '%s: is refused',
      (_, element, says) => {
        expect(read(element).issues.map(formatIssue)).toEqual(says.map((line) => `p.yml:${line}`))
      },
    )

    it('refuses a key that it does not have', () => {
      const line = Object.keys(least).length + 1
      expect(read({ ...least, bogus_key: 1 }).issues.map(formatIssue)).toEqual([
        expect.stringMatching(
          `^p\\.yml:${String(line)}:1: bogus_key: field bogus_key not found in type `,
        ),
      ])
    })

    if (!hasHttp(section)) return
    it('refuses what its HTTP client refuses', () => {
      const [element = {}] = withHttp
      expect(read({ ...element, ...twoTokens }).issues.map(formatIssue)).toEqual([
        `p.yml:${String(Object.keys(element).length + 2)}:1: bearer_token_file: at most one of ` +
          'bearer_token & bearer_token_file must be configured',
      ])
    })
  })
}

interface Reading {
  readonly config: unknown
  readonly issues: readonly ConfigIssue[]
}

function readWith(section: Type<unknown>, element: Element): Reading {
  const { value, issues } = decodeText(section, 'p.yml', yamlOf(element))
  return { config: value, issues }
}

/** A row of a table of tests: its name, and the element. */
function row(element: Element): readonly [name: string, element: Element] {
  return [yamlOf(element).replaceAll('\n', ', '), element]
}

/** Whether the keys of an HTTP client are among those of a section. */
export function hasHttp(section: Type<unknown>): boolean {
  return keysOf(section).includes('http_headers')
}

/** Every key of a section; none where it does not say so. */
function keysOf(section: Type<unknown>): readonly string[] {
  return 'keys' in section ? [...(section as StructType<unknown>).keys] : []
}

/** The secret in a config, or one of any. */
function secretOf(config: unknown): string {
  return secretsIn(config)[0]?.reveal() ?? 'geheim'
}

function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return value.isEmpty ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(secretsIn)
}
