import { visibleLine } from '../../go/visible.js'
import { errorText } from '../../telemetry/error-text.js'
import { checkWebConfig } from '../../web/index.js'
import type { Output } from './output.js'

/**
 * `muster check web-config`: checks files of `--web.config.file`, with the certificates and hashes they name,
 * and says what it found as promtool does.
 * @returns the exit code
 */
export function checkWebConfigs(files: readonly string[], output: Output): number {
  let code = 0
  for (const file of files) {
    try {
      checkWebConfig(file)
      output.err(visibleLine(`${file} SUCCESS`))
    } catch (error) {
      output.err(`${visibleLine(file)} FAILED: ${errorText(error)}`)
      code = 1
    }
  }
  return code
}
