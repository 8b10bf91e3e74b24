export {
  type Api,
  type ApiOptions,
  type Ask,
  type ComingAnswer,
  type ComingList,
  createApi,
  readJson,
  readJsonItems,
  readJsonOrNothing,
  type Refusal,
  withQuery,
} from './api.js'
export { AnswerError } from './errors.js'
export { addressOnly, type GroupSection, groupSection } from './group-section.js'
export { parseJson } from './json.js'
export { readJsonGroup, readJsonGroups } from './json-groups.js'
export { type ListReader, readJsonList, type ReadingLimits } from './json-list.js'
export {
  type LabelCell,
  labelsFrom,
  type LabelTable,
  type LabelValue,
  present,
  tagList,
} from './labels.js'
export type { MechanismFactory, MechanismOptions } from './mechanism.js'
export { type OnDemand, onDemand } from './on-demand.js'
export {
  collect,
  type FindGroups,
  type LoadSearch,
  type Polled,
  polled,
  type PolledConfig,
  type Search,
  type WatchingSearch,
} from './polled.js'
export type { StreamApi } from './stream-api.js'
export {
  always,
  faultOfHttpUrl,
  faultOfServerUrl,
  faultOfUrl,
  type Filter,
  filters,
  maskedUrl,
  minute,
  pollKeys,
  requireKeys,
  requireOneSecretKey,
  roleOf,
  second,
} from './section.js'
export * as json from './shape.js'
export { tlsClient } from './tls-client.js'
export { formatFixed, formatFloat } from '../../go/float.js'
export { joinHostPort } from '../../go/host-port.js'
export { canonicalIp, canonicalNetwork } from '../../go/ip.js'
export { goQuote } from '../../go/quote.js'
// What the section of a mechanism is made of, so that its file needs no other door.
export {
  defaultHttpClientConfig,
  HttpError,
  type HttpClientConfig,
  httpClientConfig,
  type HttpResponse,
  type TlsConfig,
  tlsConfig,
} from '../../http/index.js'
export type {
  Finding,
  Mechanism,
  PollAnswer,
  ProvisionalAnswer,
  TargetGroup,
} from '../../discovery/index.js'
export { type Labels, sanitizeLabelName } from '../../labels/index.js'
export {
  bool,
  type Decoding,
  duration,
  type Field,
  field,
  filePath,
  float,
  inline,
  int,
  list,
  map,
  oneOf,
  optional,
  Secret,
  secret,
  struct,
  type StructType,
  type StructValue,
  text,
  type Type,
} from '../../yaml/index.js'
