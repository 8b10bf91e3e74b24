import { goQuote } from '../../go/quote.js'
import {
  bool,
  completed,
  type Decoding,
  field,
  list,
  namedText,
  struct,
  type StructType,
  text,
  type Type,
} from '../../yaml/index.js'
import type { ConfigIssues } from '../config-issues.js'
import type { ValidationScheme } from './name-schemes.js'

/** The `otlp` section; muster checks it and receives no samples. */
export interface OtlpConfig {
  readonly promote_all_resource_attributes: boolean
  readonly promote_resource_attributes: readonly string[]
  readonly ignore_resource_attributes: readonly string[]
  readonly translation_strategy: string
  readonly keep_identifying_resource_attributes: boolean
  readonly convert_histograms_to_nhcb: boolean
  readonly promote_scope_metadata: boolean
  readonly label_name_underscore_sanitization: boolean
  readonly label_name_preserve_multiple_underscores: boolean
}

const escaping = ['', 'UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes']
const utf8Only = ['NoTranslation', 'NoUTF8EscapingWithSuffixes']

/** The first attribute that is empty or stands twice. */
function faultOfAttributes(attributes: readonly string[], adjective: string): string | undefined {
  const seen = new Set<string>()
  for (const attribute of attributes.map((name) => name.trim())) {
    if (attribute === '') return `empty ${adjective} OTel resource attribute`
    if (seen.has(attribute)) {
      return `duplicated ${adjective} OTel resource attribute ${goQuote(attribute)}`
    }
    seen.add(attribute)
  }
  return undefined
}

function check(value: OtlpConfig, at: Decoding): void {
  const promoted = value.promote_resource_attributes
  const ignored = value.ignore_resource_attributes
  const listed = value.promote_all_resource_attributes
    ? (['ignore_resource_attributes', faultOfAttributes(ignored, 'ignored')] as const)
    : (['promote_resource_attributes', faultOfAttributes(promoted, 'promoted')] as const)
  if (value.promote_all_resource_attributes && promoted.length > 0) {
    at.failKey(
      'promote_resource_attributes',
      "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously",
    )
  } else if (!value.promote_all_resource_attributes && ignored.length > 0) {
    at.failKey(
      'ignore_resource_attributes',
      "'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true",
    )
  } else if (listed[1] !== undefined) at.failKey(listed[0], `invalid '${listed[0]}': ${listed[1]}`)
}

const section: StructType<OtlpConfig> = struct(
  'config.plain',
  {
    promote_all_resource_attributes: field(bool),
    promote_resource_attributes: field(list(text)),
    ignore_resource_attributes: field(list(text)),
    translation_strategy: field(
      namedText('otlptranslator.TranslationStrategyOption'),
      'UnderscoreEscapingWithSuffixes',
    ),
    keep_identifying_resource_attributes: field(bool),
    convert_histograms_to_nhcb: field(bool),
    promote_scope_metadata: field(bool),
    label_name_underscore_sanitization: field(bool, true),
    label_name_preserve_multiple_underscores: field(bool, true),
  },
  check,
)

const trim = (names: readonly string[]): readonly string[] => names.map((name) => name.trim())

export const otlpSection: Type<OtlpConfig> = completed(section, (value) => ({
  ...value,
  promote_resource_attributes: trim(value.promote_resource_attributes),
  ignore_resource_attributes: trim(value.ignore_resource_attributes),
}))

/** What a file without the section has. */
export function defaultOtlp(): OtlpConfig {
  return section.defaults()
}

/** Checks what depends on the name scheme of the whole file. */
export function checkOtlp(otlp: OtlpConfig, scheme: ValidationScheme, issues: ConfigIssues): void {
  const strategy = otlp.translation_strategy
  if (escaping.includes(strategy)) return
  if (!utf8Only.includes(strategy)) {
    const message = `unsupported OTLP translation strategy ${goQuote(strategy)}`
    issues.add(otlp, 'translation_strategy', message)
  } else if (scheme === 'legacy') {
    const message = `OTLP translation strategy ${goQuote(strategy)} is not allowed when UTF8 is disabled`
    issues.add(otlp, 'translation_strategy', message)
  }
}
