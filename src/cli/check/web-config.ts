import { fileErrorReason } from '../../go/file-error.js'
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
      const reason = fileErrorReason(error)
      const fault = reason === undefined ? errorText(error) : `open ${visibleLine(file)}: ${reason}`
      output.err(`${visibleLine(file)} FAILED: ${fault}`)
      code = 1
    }
  }
  return code
}
