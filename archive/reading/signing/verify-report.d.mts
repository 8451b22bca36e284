/** The offline verifier, as tests call it. */
export function canonical(value: unknown): string
export function signedText(bytes: Buffer): Buffer
export function verifyReport(
  bytes: Buffer,
  keys: { readonly keys: readonly { readonly keyId: string; readonly username: string; readonly pem: string }[] },
  earlier?: readonly Buffer[],
): { readonly holds: boolean; readonly hash: string; readonly lines: readonly string[] }
