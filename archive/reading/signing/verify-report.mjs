#!/usr/bin/env node
/**
 * Verifies a report without the archive: `node verify-report.mjs report.pdf signing-keys.json [predecessor.json …]`. It needs this file, Node.js, the PDF (or
 * the JSON) and the public keys that the archive gives out at /api/signing-keys. Ends with 0 when everything holds, with 1 when something does not.
 *
 * What is checked: the SHA-256 of the signed text, which is printed at the foot of each page; the Ed25519 signatures (RFC 8032) over its canonical JSON
 * (RFC 8785) without the signatures, and the author's over the submission; and, where earlier versions are given too, that their digests are those named.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'

/** RFC 8785: keys sorted by UTF-16 code units, no white space. */
export function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}

/** The text that was signed: the file itself, or what is attached to the PDF. @throws when a PDF holds none */
export function signedText(bytes) {
  if (bytes.subarray(0, 5).toString('latin1') !== '%PDF-') return bytes
  const text = bytes.toString('latin1')
  const object = /\/Type \/EmbeddedFile[\s\S]*?>>\s*stream\r?\n/g
  for (let found = object.exec(text); found !== null; found = object.exec(text)) {
    const start = found.index + found[0].length
    const stream = bytes.subarray(start, text.indexOf('endstream', start))
    const attached = found[0].includes('/FlateDecode') ? inflateSync(stream) : stream
    if (attached.subarray(0, 1).toString() === '{') return attached
  }
  throw new Error('The PDF has no signed text attached')
}

/** @returns {{ holds: boolean, hash: string, lines: string[] }} */
export function verifyReport(bytes, keys, earlier = []) {
  const text = signedText(bytes)
  const hash = createHash('sha256').update(text).digest('hex')
  const report = JSON.parse(text.toString('utf8'))
  const { signatures = [], ...rest } = report
  const lines = []
  let holds = true
  const check = (ok, sentence) => {
    holds &&= ok
    lines.push(`${ok ? 'OK  ' : 'BAD '} ${sentence}`)
  }
  check(canonical(report) === text.toString('utf8'), `the text is canonical; its SHA-256 is ${hash}`)
  check(
    signatures.some(({ over }) => over === 'report'),
    'the report itself is signed',
  )
  const byId = new Map(keys.keys.map((key) => [key.keyId, key]))
  for (const { role, displayName, username, keyId, over, value } of signatures) {
    const key = byId.get(keyId)
    const who = `${role} ${displayName} (${username}, key ${keyId})`
    if (key === undefined) check(false, `${who}: the key is not among those given`)
    else {
      const publicKey = createPublicKey(key.pem)
      const id = createHash('sha256')
        .update(publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex')
        .slice(0, 32)
      const signed = Buffer.from(canonical(over === 'submission' ? report.submission : rest), 'utf8')
      const ok = id === keyId && key.username === username && verify(null, signed, publicKey, Buffer.from(value, 'base64'))
      check(ok, `${who}: signature over the ${over}`)
    }
  }
  const given = new Set(earlier.map((file) => createHash('sha256').update(signedText(file)).digest('hex')))
  for (const { version, hash: named } of report.predecessors ?? []) {
    if (given.delete(named)) check(true, `v${report.version} follows v${version} ${named}`)
    else lines.push(`--   v${report.version} names v${version} ${named}, which was not given`)
  }
  for (const hash of given) check(false, `${hash} is no predecessor of this version`)
  return { holds, hash, lines }
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].split(/[\\/]/).pop())) {
  const [report, keys, ...earlier] = process.argv.slice(2)
  if (report === undefined || keys === undefined) {
    console.error('usage: node verify-report.mjs <report.pdf or .json> <signing-keys.json> [earlier version …]')
    process.exit(2)
  }
  const { holds, lines } = verifyReport(
    readFileSync(report),
    JSON.parse(readFileSync(keys, 'utf8')),
    earlier.map((file) => readFileSync(file)),
  )
  console.log(lines.join('\n'))
  console.log(holds ? 'The report is as it was signed.' : 'THE REPORT DOES NOT VERIFY.')
  process.exit(holds ? 0 : 1)
}
