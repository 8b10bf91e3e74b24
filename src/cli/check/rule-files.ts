import { type Config, readConfigInput } from '../../config/index.js'
import { fileErrorReason } from '../../go/file-error.js'
import { FilePattern } from '../../go/glob.js'
import { goQuote } from '../../go/quote.js'
import { visibleLine } from '../../go/visible.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { readBounded } from './files.js'
import { duplicateRules, type Lint } from './lint.js'
import type { Output } from './output.js'
import { parseRuleFile } from './rule-file.js'
import { verdict, type Verdict } from './verdict.js'

const maxRuleFileMegabytes = 64

/** The name of what the shell has put before the command. */
export const standardInput = '/dev/stdin'

/** The rule files of a config; one that is named without a `*` must exist. */
export async function findRuleFiles(
  config: Config,
): Promise<{ readonly files: readonly string[]; readonly faults: readonly string[] }> {
  const files: string[] = []
  const faults: string[] = []
  for (const pattern of config.rule_files) {
    const found = await new FilePattern(pattern).list()
    if (found.length === 0 && !pattern.includes('*')) {
      faults.push(`${goQuote(pattern)} does not point to an existing file`)
    }
    files.push(...found)
  }
  return { files, faults }
}

/** Checks rule files one by one and says what it found, as promtool does. */
export async function checkRuleFiles(
  files: readonly string[],
  options: { readonly lint: Lint; readonly ignoreUnknownFields: boolean },
  output: Output,
): Promise<Verdict> {
  let result: Verdict = verdict.good
  for (const file of files) {
    output.out(`Checking ${file === standardInput ? 'standard input' : file}`)
    const { faults, count, linted } = await check(file, options)
    if (faults.length > 0 || linted !== undefined) {
      output.err('  FAILED:')
      for (const fault of [...faults, ...(linted === undefined ? [] : [linted])]) output.err(fault)
    } else output.out(`  SUCCESS: ${String(count)} rules found`)
    // promtool leaves the empty line out after a file it could not read.
    if (faults.length === 0) output.out('')
    if (linted !== undefined) result = verdict.worse(result, verdict.linted)
    if (faults.length > 0) result = verdict.worse(result, verdict.bad)
  }
  return result
}

async function check(
  file: string,
  options: { readonly lint: Lint; readonly ignoreUnknownFields: boolean },
): Promise<{ faults: readonly string[]; count: number; linted: string | undefined }> {
  try {
    const content =
      file === standardInput
        ? await readConfigInput(file)
        : await readBounded(file, maxRuleFileMegabytes)
    const { rules, faults } = parseRuleFile(file, content, options.ignoreUnknownFields)
    const isLinted = options.lint.duplicateRules && faults.length === 0
    return { faults, count: rules.length, linted: isLinted ? duplicateRules(rules) : undefined }
  } catch (error) {
    const known = fileErrorReason(error)
    const reason = known === undefined ? errorMessage(error) : `open ${file}: ${known}`
    return { faults: [visibleLine(reason)], count: 0, linted: undefined }
  }
}
