/** Status codes that this layer gives by itself; what the archive's errors mean is in `gateway/errors.ts`. PS3.7 Annex C, PS3.4 Table B.2-1. */
export const status = {
  success: 0x0000,
  /** The SOP Instance UID in the command violates the UID rules. */
  invalidSOPInstance: 0x0117,
  SOPClassNotSupported: 0x0122,
  notAuthorized: 0x0124,
  unrecognizedOperation: 0x0211,
  mistypedArgument: 0x0212,
  processingFailure: 0x0110,
  cannotUnderstand: 0xc000,
} as const

/** `A700`, as status codes are written. */
export function hexStatus(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0')
}
