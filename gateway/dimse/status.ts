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
  pending: 0xff00,
  /** An optional key was not supported (PS3.4 Table C.4-1). */
  pendingWithWarning: 0xff01,
  cancelled: 0xfe00,
  outOfResources: 0xa700,
  /** Out of resources: how many there are cannot be told (PS3.4 Tables C.4-2, C.4-3). */
  matchesNotCounted: 0xa701,
  /** Out of resources: sub-operations cannot be performed. */
  suboperationsNotPerformed: 0xa702,
  moveDestinationUnknown: 0xa801,
  identifierDoesNotMatch: 0xa900,
  /** Complete, but not every sub-operation succeeded. */
  suboperationsIncomplete: 0xb000,
} as const

/** Responses that others follow (PS3.7 §9.1.2.1.5). */
export const isPending = (code: number): boolean => code === status.pending || code === status.pendingWithWarning

/** Of a C-STORE (PS3.4 Table B.2-1, PS3.7 Annex C.4): done, but not without change. */
export const isWarning = (code: number): boolean => code >> 12 === 0xb || code === 0x0001 || code === 0x0107 || code === 0x0116

/** (0000,0902) is LO: 64 characters of the default repertoire, no backslash. */
export function errorComment(sentence: string): string {
  return sentence
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, '?')
    .slice(0, 64)
    .trim()
}

/** `A700`, as status codes are written. */
export function hexStatus(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0')
}
