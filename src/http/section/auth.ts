import {
  field,
  filePath,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'

/** `basic_auth`: a name and a password, each given as text or in a file. */
export interface BasicAuth {
  readonly username: string
  readonly username_file: string
  readonly username_ref: string
  readonly password: Secret
  readonly password_file: string
  readonly password_ref: string
}

/** `authorization`: one header value, `<type> <credentials>`. */
export interface Authorization {
  readonly type: string
  readonly credentials: Secret
  readonly credentials_file: string
  readonly credentials_ref: string
}

export const basicAuth: StructType<BasicAuth> = struct('config.plain', {
  username: field(text),
  username_file: field(filePath),
  username_ref: field(text),
  password: field(secret),
  password_file: field(filePath),
  password_ref: field(text),
})

export const authorization: StructType<Authorization> = struct('config.Authorization', {
  type: field(text),
  credentials: field(secret),
  credentials_file: field(filePath),
  credentials_ref: field(text),
})
