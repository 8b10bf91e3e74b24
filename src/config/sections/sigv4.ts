import {
  bool,
  type Decoding,
  field,
  map,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'

/** How requests are signed for AWS. */
export interface SigV4Config {
  readonly region: string
  readonly access_key: string
  readonly secret_key: Secret
  readonly profile: string
  readonly role_arn: string
  readonly external_id: string
  readonly session_name: string
  readonly tags: Readonly<Record<string, string>>
  readonly use_fips_sts_endpoint: boolean
  readonly service_name: string
}

const sessionName = /^[\w+=,.@-]{2,64}$/

function check(value: SigV4Config, at: Decoding): void {
  if ((value.access_key === '') !== value.secret_key.isEmpty) {
    at.fail(
      'must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config',
    )
  }
  if (value.session_name !== '' && !sessionName.test(value.session_name)) {
    at.failKey(
      'session_name',
      'session_name must match ^[\\w+=,.@-]{2,64}$ (2-64 alphanumeric and +=,.@- characters)',
    )
  }
  if (value.role_arn !== '') return
  if (value.external_id !== '') at.fail('external_id can only be used with role_arn')
  if (value.session_name !== '') at.fail('session_name can only be used with role_arn')
  if (Object.keys(value.tags).length > 0) at.fail('tags can only be used with role_arn')
}

export const sigV4: StructType<SigV4Config> = struct(
  'sigv4.plain',
  {
    region: field(text),
    access_key: field(text),
    secret_key: field(secret),
    profile: field(text),
    role_arn: field(text),
    external_id: field(text),
    session_name: field(text),
    tags: field(map(text)),
    use_fips_sts_endpoint: field(bool),
    service_name: field(text),
  },
  check,
)
