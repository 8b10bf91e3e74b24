import { type Ast, RuleRegex } from '../../../relabel/index.js'
import { type LintCode, shown } from '../code.js'
import type { Level } from '../finding.js'
import { isAnyCharacter, onlyCharacter } from '../regex-tree.js'

/** M105: anchors that are there anyway, and dots of a host name that take any character. */
export const anchors: LintCode = {
  code: 'M105',
  title: 'anchors around a regex that is anchored, or an unescaped dot in a host name',
  level: 'warning',
  needs: 'config',
  why: 'Prometheus matches the whole value: `^` in front and `$` at the end change nothing, and hide that a regex without them is anchored too. A dot takes any character: `db.example.com` takes `db-example-com` and `dbxexample.com` as well.',
  cure: 'Leave the anchors out; write `\\.` for a dot.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        regex: db.example.com:9100
        action: drop
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        regex: db\\.example\\.com:9100
        action: drop
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const rule of lists.flatMap(({ rules }) => rules)) {
        if (rule.regex === undefined || !readsRegex.has(rule.action)) continue
        const { tree } = new RuleRegex(rule)
        if (tree === undefined) continue
        const place = placeOf(rule, 'regex')
        if (isAnchored(tree)) {
          const level: Level = 'note'
          const message = `^ and $ change nothing in ${shown(rule.regex)}: the whole value has to match anyway; leave them out`
          yield { place, message, level }
        }
        // The dots in a name of a label are no dots of a host.
        if (rule.action.startsWith('label')) continue
        const host = hosts(tree)[0]
        if (host === undefined) continue
        yield {
          place,
          message: `the dots in ${shown(host)} take any character; write ${shown(host.replaceAll('.', '\\.'))}`,
        }
      }
    }
  },
}

const readsRegex: ReadonlySet<string> = new Set([
  'replace',
  'keep',
  'drop',
  'labelmap',
  'labeldrop',
  'labelkeep',
])

/** Whether it begins or ends with an anchor, or one of its alternatives does. */
function isAnchored(tree: Ast): boolean {
  if (tree.kind === 'alternate') return tree.items.some(isAnchored)
  if (tree.kind !== 'concat') return false
  const [first, last] = [tree.items[0], tree.items.at(-1)]
  return (
    (first?.kind === 'assert' && first.source === '^') ||
    (last?.kind === 'assert' && last.source === '$')
  )
}

// What takes any character, in the texts below.
const wild = '\u{0}'

/** Texts in an expression that look like a host, with dots that are not escaped. */
function hosts(tree: Ast): readonly string[] {
  return runs(tree)
    .filter((run) => run.includes(wild))
    .flatMap((run) => looksLikeHost(run.replaceAll(wild, '.')) ?? [])
}

const lastParts =
  'com|net|org|io|dev|app|cloud|local|localdomain|internal|intra|lan|corp|home|svc|cluster|example|test|de|eu|uk|us|fr|nl|ch|at|jp|cn'
const host = new RegExp(
  String.raw`(?:[a-z0-9-]+\.)+(?:${lastParts})(?::[0-9]+)?$|(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?::[0-9]+)?$|(?:[a-z0-9-]+\.)+[a-z]{2,}:[0-9]+$|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?$`,
  'iu',
)

function looksLikeHost(text: string): string | undefined {
  const found = host.exec(text)?.[0]
  return found?.includes('.') === true ? found : undefined
}

/** The longest texts in an expression whose characters are known, or dots. */
function runs(tree: Ast): readonly string[] {
  const done: string[] = []
  let open = ''
  const end = (): void => {
    done.push(open)
    open = ''
  }
  const walk = (part: Ast): void => {
    switch (part.kind) {
      case 'chars': {
        const one = isAnyCharacter(part) ? wild : onlyCharacter(part)
        if (one === undefined) end()
        else open += one
        return
      }
      case 'assert':
        return
      case 'group':
        walk(part.body)
        return
      case 'concat':
        part.items.forEach(walk)
        return
      case 'alternate':
        end()
        for (const item of part.items) {
          walk(item)
          end()
        }
        return
      case 'repeat':
        end()
        if (!isAnyCharacter(part.body)) walk(part.body)
        end()
    }
  }
  walk(tree)
  end()
  return done
}
