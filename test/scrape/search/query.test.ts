import { describe, expect, it } from 'vitest'
import { parseQuery, QueryError, type Term } from '../../../src/scrape/search/query.js'

/** A term in short: `-word:x`, `label a`, and what a matcher takes of some values. */
function short(term: Term): string {
  const sign = term.isNegated ? '-' : ''
  switch (term.kind) {
    case 'word':
      return `${sign}${term.text}`
    case 'label': {
      const taken = ['', 'b', 'bc', 'x y', 'ä"'].filter((value) => term.test(value))
      return `${sign}${term.name}(${taken.join('|')})`
    }
    case 'rule':
      return `${sign}rule ${String(term.number)}`
    case 'provider':
      return `${sign}provider ${term.name}`
    case 'duplicate':
      return `${sign}duplicate`
  }
}

describe('a query', () => {
  it.each<readonly [query: string, terms: readonly string[]]>([
    ['', []],
    ['  ', []],
    ['web', ['web']],
    ['web 10.0.0.1:9100', ['web', '10.0.0.1:9100']],
    ['-web db', ['-web', 'db']],
    ['http://a:1/metrics?a=b', ['http://a:1/metrics?a=b']],
    ['a-b=c', ['a-b=c']],
    ['"two words" -\'it "is"\'', ['two words', '-it "is"']],
    ['`raw \\n`', ['raw \\n']],
    ['"a\\tb\\u00e4\\x41\\U0001F3AF"', ['a\tbäA🎯']],
    ['a=b', ['a(b)']],
    ['a!=b', ['-a(b)']],
    ['-a!=b', ['a(b)']],
    ['a=~b.*', ['a(b|bc)']],
    ['a!~b.*', ['-a(b|bc)']],
    ['a=', ['a()']],
    ['a="x y" b', ['a(x y)', 'b']],
    ['"a.b"="b"', ['a.b(b)']],
    ['{a="b",c=~"b|bc" , "d.e"!=`ä"`}', ['a(b)', 'c(b|bc)', '-d.e(ä")']],
    ['{a="b",}', ['a(b)']],
    ['{}', []],
    ['up{job="b"} web', ['job(b)', 'web']],
    ['rule:3 -rule:1', ['rule 3', '-rule 1']],
    ['provider:consul/0 provider:dns', ['provider consul/0', 'provider dns']],
    ['dup: -dup:', ['duplicate', '-duplicate']],
  ])('%j asks for what stands there', (query, terms) => {
    expect(parseQuery(query).terms.map(short)).toEqual(terms)
  })

  it.each<readonly [query: string, says: RegExp, from: number, to: number]>([
    ['web -', /^character 5: a word is missing here$/, 4, 5],
    ['a=~"("', /missing closing \)/, 3, 6],
    ['x a=~[', /^character 6: .*missing closing \]/, 5, 6],
    ['a="b', /^character 3: this quote is not closed$/, 2, 3],
    ['"a\\q"', /^character 3: such an escape is not known/, 2, 4],
    ['"\\UFFFFFFFF"', /no character has this number/, 1, 11],
    ['{a="b"', /^character 1: this { has no }$/, 0, 1],
    ['{a="b" c="d"}', /^character 8: a comma or } is missing here$/, 7, 8],
    ['{a}', /=, !=, =~ or !~ is missing after "a"/, 1, 2],
    ['{a=b}', /the value of "a" needs quotes/, 1, 3],
    ['{a="b" or c="d"}', /a comma or } is missing here/, 7, 8],
    ['{="b"}', /a label name or } is missing here/, 1, 2],
    ['-{a="b"}', /a selector cannot be negated/, 0, 2],
    ['rule:', /rule: takes the number of a rule/, 0, 5],
    ['a rule:x', /^character 3: rule: takes the number/, 2, 8],
    ['provider:', /provider: takes a provider or a mechanism/, 0, 9],
    ['dup:x', /dup: takes nothing/, 0, 5],
    ['member:c-1', /this muster shares its targets with no others/, 0, 10],
    ['a=~(((((x{1000}){1000}){1000}){1000}))', /the expression is too large/, 3, 38],
    ['a=~(\\pL{100}){100}', /the expression is too large/, 3, 18],
    ['a '.repeat(40), /32 terms at most/, 64, 80],
    ['a'.repeat(5000), /4096 characters at most/, 4096, 5000],
  ])('%j is refused with its place', (query, says, from, to) => {
    const error = (() => {
      try {
        return parseQuery(query)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(QueryError)
    expect(error).toMatchObject({ message: expect.stringMatching(says) as unknown, from, to })
  })
})
