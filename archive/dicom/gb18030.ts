/**
 * Whether bytes of an undeclared or wrongly declared text are Chinese in GB 18030 (GB 2312 and GBK are parts of it).
 *
 * European words in ISO 8859-1 can look like it: the ß in Größe, the two é of créée are bytes that GB 2312 gives to characters. So the evidence asked for
 * is at least one character of GB 2312 (or a byte that ISO 8859-1 has no letter for), and no run as short as one character between two letters.
 */

const isLetter = (byte: number | undefined) => byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a))
const isLower = (byte: number | undefined) => byte !== undefined && byte >= 0x61 && byte <= 0x7a

/** Length of the GB 18030 character at `at`, or 0 where there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const [lead, second, third, fourth] = [bytes[at]!, bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  if (lead < 0x81 || lead > 0xfe || second === undefined) return 0
  if (second >= 0x40 && second <= 0xfe && second !== 0x7f) return 2
  const isFour =
    second >= 0x30 &&
    second <= 0x39 &&
    third !== undefined &&
    third >= 0x81 &&
    third <= 0xfe &&
    fourth !== undefined &&
    fourth >= 0x30 &&
    fourth <= 0x39
  return isFour ? 4 : 0
}

/** Han of GB 2312, or of GBK beginning with a byte that is no letter in ISO 8859-1. Both bytes high: windows-1252 writes quotes and then a letter. */
const isEvidence = (lead: number, second: number) => (lead >= 0xb0 && lead <= 0xf7 && second >= 0xa1) || (lead < 0xa0 && second >= 0x80)

export function gb18030Evidence(bytes: Uint8Array): boolean {
  let evidence = false
  let at = 0
  while (at < bytes.length) {
    if (bytes[at]! < 0x80) {
      at++
      continue
    }
    const start = at
    while (at < bytes.length && bytes[at]! >= 0x80) {
      const length = characterLength(bytes, at)
      if (length === 0) return false
      if (isEvidence(bytes[at]!, bytes[at + 1]!)) evidence = true
      at += length
    }
    const between = isLower(bytes[start - 1]) && isLower(bytes[at])
    const alone = at - start <= 2 && isLetter(bytes[start - 1]) && isLetter(bytes[at])
    if (between || alone) return false
  }
  return evidence
}
