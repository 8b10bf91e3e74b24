import { expect, it, vi } from 'vitest'
import { alertmanagerConfig } from '../../src/notifier/index.js'
import { AlertmanagerSet, type SetContext } from '../../src/notifier/alertmanager-set.js'
import { type CompletedAlert, writeAlert } from '../../src/notifier/completed-alert.js'
import { planSection, type SectionPlan } from '../../src/notifier/section-plan.js'
import { relabelRule } from '../../src/relabel/index.js'
import { scriptedTransport } from './scripted-transport.js'

function alertOf(labels: CompletedAlert['labels']): CompletedAlert {
  const content = { labels, annotations: {}, startsAt: 0, endsAt: 1, generatorURL: '' }
  return writeAlert(content, Infinity)
}

/** A plan whose rules write a label, or drop what has `drop`; and how often they were applied. */
function planOf(replacement: string): {
  readonly plan: SectionPlan
  readonly applied: () => number
} {
  const rules = [
    relabelRule({ target_label: 'by', replacement }),
    relabelRule({ action: 'drop', source_labels: ['drop'], regex: '.+' }),
  ]
  const config = alertmanagerConfig({ alert_relabel_configs: rules })
  const plan = planSection(config, 'utf8', () => scriptedTransport())
  const apply = vi.spyOn(plan.alertRelabeler, 'apply')
  return { plan, applied: () => apply.mock.calls.length }
}

it('the rules of a section are applied once to each alert, until there are others', () => {
  const first = planOf('first')
  // Nothing of it is needed where there are no Alertmanagers.
  const set = new AlertmanagerSet(first.plan, {} as SetContext)
  const [kept, dropped] = [alertOf({ alertname: 'A' }), alertOf({ drop: 'yes' })]
  const made = set.relabel(kept)
  expect(made?.labels).toEqual({ alertname: 'A', by: 'first' })
  expect(set.relabel(kept)).toBe(made)
  expect([set.relabel(dropped), set.relabel(dropped)]).toEqual([undefined, undefined])
  expect(first.applied()).toBe(2)
  const second = planOf('second')
  set.use(second.plan, [])
  expect(set.relabel(kept)?.labels).toEqual({ alertname: 'A', by: 'second' })
  expect([first.applied(), second.applied()]).toEqual([2, 1])
})
