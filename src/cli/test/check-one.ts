import path from 'node:path'
import { goQuote } from '../../go/quote.js'
import { type Labels, labelValue } from '../../labels/index.js'
import { plainRule } from '../../relabel/index.js'
import { formatPlace, type Place } from '../../yaml/index.js'
import { ruleLines } from '../why/rules.js'
import {
  aboutActive,
  type EachExpectation,
  type Expectation,
  isGiven,
  placeParts,
} from './expectation.js'
import { labelDiff, pair, sameLabels } from './label-diff.js'
import type { Judged, RuleName, Subject } from './subject.js'
import { besideTest } from './test-file.js'

/**
 * Compares what became of a target with what is expected.
 * @param file the test file: a place in it is beside that
 * @returns what differs, in lines; none where the expectation is met
 */
export function checkOne(expect: Expectation, judged: Judged, file: string): readonly string[] {
  const { outcome } = judged
  const wanted = wantedEnd(expect)
  if (outcome.kind !== wanted && wanted !== undefined) {
    return [
      `expected: ${wantedText(expect, wanted)}`,
      `got:      ${outcomeText(judged)}`,
      ...(wanted === 'active' && expect.labels !== undefined
        ? labelDiff(expect.labels, {}).map((line) => `  ${line}`)
        : []),
    ]
  }
  switch (outcome.kind) {
    case 'dropped':
      return expect.dropped === false ? unwanted(judged) : checkRule(expect, judged, file)
    case 'failed':
      return expect.fails === false ? unwanted(judged) : checkFault(expect, outcome.fault, judged)
    case 'active': {
      if (expect.active === false) return unwanted(judged)
      const { labels, include, url } = expect
      return [
        ...(labels === undefined || sameLabels(labels, outcome.publicLabels)
          ? []
          : [heading, ...labelDiff(labels, outcome.publicLabels).map(indented)]),
        ...checkLabels({ include, present: expect.present, absent: expect.absent }, outcome.labels),
        ...(url === undefined || url === outcome.url
          ? []
          : [
              'url (- expected, + got):',
              `  - ${url}`,
              `  + ${outcome.url ?? 'a sample has none'}`,
            ]),
      ]
    }
  }
}

const heading = 'labels (- expected, + got):'

function indented(line: string): string {
  return `  ${line}`
}

/** What some labels are to be, and what they are. */
export function checkLabels(
  { include = {}, present, absent }: EachExpectation,
  got: Labels,
): readonly string[] {
  const names = Object.keys(include)
  const among = Object.fromEntries(names.map((name) => [name, labelValue(got, name)]))
  const lines = sameLabels(include, among) ? [] : labelDiff(include, among)
  const missing = present.filter((name) => labelValue(got, name) === '')
  const surplus = absent.filter((name) => labelValue(got, name) !== '')
  const all = [
    ...lines,
    ...missing.map((name) => `- ${goQuote(name).slice(1, -1)}="…" (any value)`),
    ...surplus.map((name) => `+ ${pair(name, labelValue(got, name))} (expected: no such label)`),
  ]
  return all.length === 0 ? [] : [heading, ...all.map(indented)]
}

/** What a target has to become for the expectation to make sense; undefined where it may be anything. */
function wantedEnd(expect: Expectation): 'active' | 'dropped' | 'failed' | undefined {
  if (expect.dropped !== undefined && expect.dropped !== false) return 'dropped'
  if (expect.fails !== undefined && expect.fails !== false) return 'failed'
  if (expect.active === true) return 'active'
  return aboutActive.some((key) => isGiven(expect, key)) ? 'active' : undefined
}

function wantedText(expect: Expectation, wanted: 'active' | 'dropped' | 'failed'): string {
  if (wanted === 'active')
    return expect.url === undefined ? 'a target' : `a target at ${expect.url}`
  if (wanted === 'failed') {
    return typeof expect.fails === 'string' ? `to fail with ${goQuote(expect.fails)}` : 'to fail'
  }
  if (typeof expect.dropped !== 'object') return 'dropped'
  const { rule, place } = expect.dropped
  const number = rule === undefined ? '' : ` by rule ${String(rule)}`
  return `dropped${number}${place === undefined ? '' : ` at ${place}`}`
}

/** What became of a target: `dropped by rule 2 (prometheus.yml:24:9)` */
export function outcomeText(judged: Judged): string {
  const { outcome } = judged
  if (outcome.kind === 'failed') return `fails: ${goQuote(outcome.fault)}`
  if (outcome.kind === 'active') {
    return outcome.url === undefined ? 'kept' : `a target at ${outcome.url}`
  }
  const rule = judged.droppedBy()
  return rule === undefined ? 'dropped, with no label left' : `dropped by ${ruleText(rule)}`
}

function ruleText({ number, place }: RuleName): string {
  return `rule ${String(number)}${place === undefined ? '' : ` (${formatPlace(place)})`}`
}

function unwanted(judged: Judged): readonly string[] {
  return [`expected: anything else`, `got:      ${outcomeText(judged)}`]
}

function checkRule(expect: Expectation, judged: Judged, file: string): readonly string[] {
  if (typeof expect.dropped !== 'object') return []
  const { rule, place } = expect.dropped
  const got = judged.droppedBy()
  const isRule = rule === undefined || rule === got?.number
  const isPlace = place === undefined || samePlace(place, got?.place, file)
  if (isRule && isPlace) return []
  return [`expected: ${wantedText(expect, 'dropped')}`, `got:      ${outcomeText(judged)}`]
}

function samePlace(written: string, place: Place | undefined, file: string): boolean {
  const { groups: { file: named = '', line, column } = {} } = placeParts.exec(written) ?? {}
  if (place === undefined) return false
  return (
    path.resolve(besideTest(file, named)) === path.resolve(place.file) &&
    Number(line) === place.line &&
    (column === undefined || Number(column) === place.column)
  )
}

function checkFault({ fails }: Expectation, fault: string, judged: Judged): readonly string[] {
  if (typeof fails !== 'string' || fault.includes(fails)) return []
  return [`expected: to fail with ${goQuote(fails)}`, `got:      ${outcomeText(judged)}`]
}

/** What every rule did to a target, as `muster why` says it, in lines. */
export function explainLines(subject: Subject, judged: Judged): readonly string[] {
  const steps = judged.explain()
  if (typeof steps === 'string') return [steps]
  if (steps.length === 0) return [`${subject.name} has no ${subject.key}`]
  return ruleLines({
    target: { discoveredLabels: judged.discovered() },
    steps: steps.map(({ rule, output, keep }) => ({ rule: plainRule(rule), output, keep })),
    places: subject.places.map(formatPlace),
  })
}
