/** CRC-32 of two texts put together, from the CRC-32 of each. RFC 1952 §8; the method is zlib's crc32_combine (multiplication modulo the polynomial). */

const polynomial = 0xedb88320

/** a × b modulo the polynomial, both with the bit of x⁰ first. */
function multiply(a: number, b: number): number {
  let factor = b
  let product = 0
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}

/** x^(2^n) modulo the polynomial. */
const powers: number[] = [0x40000000]
for (let n = 1; n < 64; n++) powers.push(multiply(powers[n - 1]!, powers[n - 1]!))

/** x^(8 × bytes) modulo the polynomial. */
function shiftBy(bytes: number): number {
  let result = 0x80000000
  let rest = bytes
  for (let n = 3; rest > 0; n++) {
    if (rest % 2 === 1) result = multiply(powers[n]!, result)
    rest = Math.floor(rest / 2)
  }
  return result
}

/** The CRC-32 of a text followed by a second one of `length2` bytes. */
export function crc32Combine(crc1: number, crc2: number, length2: number): number {
  return (multiply(shiftBy(length2), crc1) ^ crc2) >>> 0
}
