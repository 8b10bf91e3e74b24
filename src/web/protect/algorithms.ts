/** Cipher suites before TLS 1.3, by the names Go has for them, as OpenSSL calls them. */
const ciphers: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
])

/** Those of TLS 1.3, which cannot be chosen in Go: they are always on. */
const modern = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** The names that `cipher_suites` may have. */
export const cipherNames: readonly string[] = [...ciphers.keys(), ...modern]

const curves: ReadonlyMap<string, string> = new Map([
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
  ['X25519', 'X25519'],
])

/** The names that `curve_preferences` may have. */
export const curveNames: readonly string[] = [...curves.keys()]

/** OpenSSL's list for the chosen suites; undefined for its default. */
export function cipherList(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  return [...modern, ...names.flatMap((name) => ciphers.get(name) ?? [])].join(':')
}

/** OpenSSL's list for the chosen curves; undefined for its default. */
export function curveList(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  return names.flatMap((name) => curves.get(name) ?? []).join(':')
}
