import type { Plan } from './plan.js'

/** A plan as JSON in pieces: it may name a hundred thousand targets. */
export function* planJson(plan: Plan): Generator<string, void, undefined> {
  const { jobs, moved, ...rest } = plan
  yield `${JSON.stringify(rest).slice(0, -1)},"jobs":[`
  for (const [i, job] of jobs.entries()) {
    const { added, removed, changed, ...one } = job
    yield `${i === 0 ? '' : ','}${JSON.stringify(one).slice(0, -1)}`
    for (const [name, list] of Object.entries({ added, removed, changed })) {
      yield `,"${name}":[`
      yield* elements(list)
      yield ']'
    }
    yield '}'
  }
  yield '],"moved":['
  yield* elements(moved)
  yield ']}\n'
}

function* elements(list: readonly unknown[]): Generator<string, void, undefined> {
  for (const [i, one] of list.entries()) yield `${i === 0 ? '' : ','}${JSON.stringify(one)}`
}
