/** PDUs, items and fragments: what is written is what is read, in chunks of any size. PS3.8 §9.3. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AssociateRQ,
  decodeAssociateAC,
  decodeAssociateRQ,
  encodeAssociateAC,
  encodeAssociateRQ,
} from '../../../gateway/dimse/associate.ts'
import { InvalidPDU } from '../../../gateway/dimse/errors.ts'
import { encodeItem, itemsOf } from '../../../gateway/dimse/items.ts'
import {
  decodeAbort,
  decodeAssociateRJ,
  describeAbort,
  describeRefusal,
  encodeAbort,
  encodeAssociateRJ,
  encodeReleaseRP,
  encodeReleaseRQ,
} from '../../../gateway/dimse/pdu.ts'
import { PDUReader } from '../../../gateway/dimse/pdu-reader.ts'
import { associateRQ, fragment } from './fixture.ts'

const uid = fc.stringMatching(/^[1-9][0-9.]{0,62}[0-9]$/)
const title = fc.stringMatching(/^[A-Z0-9_]{1,16}$/)
const uint16 = fc.nat(0xffff)
const userInformation = fc.record(
  {
    maximumLength: fc.nat(0xffffffff),
    ImplementationClassUID: uid,
    ImplementationVersionName: title,
    asynchronousOperations: fc.record({ invoked: uint16, performed: uint16 }),
    roles: fc.array(fc.record({ SOPClassUID: uid, scu: fc.boolean(), scp: fc.boolean() }), { maxLength: 4 }),
    extended: fc.array(fc.record({ SOPClassUID: uid, information: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)) }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['maximumLength', 'ImplementationClassUID', 'roles', 'extended'] },
)
const associate = {
  protocolVersion: fc.constant(1),
  calledAETitle: title,
  callingAETitle: title,
  applicationContextName: uid,
  userInformation,
}
const numbered = <T extends object>(contexts: T[]) => contexts.map((context, i) => ({ ...context, id: 2 * i + 1 }))

describe('A-ASSOCIATE', () => {
  test('RQ: what is written is what is read', () => {
    const contexts = fc.array(fc.record({ abstractSyntax: uid, transferSyntaxes: fc.array(uid, { maxLength: 5 }) }), { maxLength: 128 })
    fc.assert(
      fc.property(fc.record({ ...associate, contexts: contexts.map(numbered) }), (rq) => {
        expect(decodeAssociateRQ(encodeAssociateRQ(rq as AssociateRQ).subarray(6))).toEqual(rq)
      }),
      { numRuns: 50 },
    )
  })

  test('AC: what is written is what is read', () => {
    const contexts = fc.array(fc.record({ result: fc.nat(4), transferSyntax: uid }), { maxLength: 128 })
    fc.assert(
      fc.property(fc.record({ ...associate, contexts: contexts.map(numbered) }), (ac) => {
        expect(decodeAssociateAC(encodeAssociateAC(ac as Parameters<typeof encodeAssociateAC>[0]).subarray(6))).toEqual(ac)
      }),
      { numRuns: 50 },
    )
  })

  test('items of unrecognised types are ignored', () => {
    const body = encodeAssociateRQ(associateRQ()).subarray(6)
    expect(decodeAssociateRQ(Buffer.concat([body, encodeItem(0x77, Buffer.from('what is this'))]))).toEqual(associateRQ())
  })

  test('UIDs padded with NUL or space are the same UIDs', () => {
    const contexts = [{ id: 1, abstractSyntax: '1.2.3\0', transferSyntaxes: ['1.2.840.10008.1.2 '] }]
    expect(decodeAssociateRQ(encodeAssociateRQ(associateRQ({ contexts })).subarray(6)).contexts).toEqual([
      { id: 1, abstractSyntax: '1.2.3', transferSyntaxes: ['1.2.840.10008.1.2'] },
    ])
  })

  test('wherever the bytes break off, it is an InvalidPDU or a shorter request, nothing else', () => {
    const body = encodeAssociateRQ(associateRQ()).subarray(6)
    for (let length = 0; length < body.length; length += 1) {
      try {
        decodeAssociateRQ(body.subarray(0, length))
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidPDU)
      }
    }
  })
})

describe('the short PDUs', () => {
  test('are the ten bytes of §9.3.4 and §9.3.6 to §9.3.8', () => {
    expect(encodeAssociateRJ({ result: 1, source: 2, reason: 3 }).toString('hex')).toBe('03000000000400010203')
    expect(encodeReleaseRQ().toString('hex')).toBe('05000000000400000000')
    expect(encodeReleaseRP().toString('hex')).toBe('06000000000400000000')
    expect(encodeAbort({ source: 2, reason: 6 }).toString('hex')).toBe('07000000000400000206')
    expect(decodeAssociateRJ(Buffer.from([0, 1, 2, 3]))).toEqual({ result: 1, source: 2, reason: 3 })
    expect(decodeAbort(Buffer.from([0, 0, 2, 6]))).toEqual({ source: 2, reason: 6 })
    expect(() => decodeAbort(Buffer.alloc(3))).toThrow(InvalidPDU)
  })

  test('are told in the words of the standard', () => {
    expect(describeRefusal({ result: 1, source: 1, reason: 3 })).toBe('rejected-permanent: calling-AE-title-not-recognized')
    expect(describeRefusal({ result: 2, source: 3, reason: 2 })).toBe('rejected-transient: local-limit-exceeded')
    expect(describeRefusal({ result: 1, source: 1, reason: 1 })).toBe('rejected-permanent: source 1, reason 1')
    expect(describeAbort({ source: 2, reason: 6 })).toBe('A-ABORT by the service provider: invalid-PDU-parameter-value')
    expect(describeAbort({ source: 0, reason: 0 })).toBe('A-ABORT by the service user')
  })

  test('an item that breaks off is invalid', () => {
    expect(() => [...itemsOf(Buffer.from([0x20, 0, 0]))]).toThrow('an item header breaks off')
    expect(() => [...itemsOf(Buffer.from([0x20, 0, 0, 5, 1]))]).toThrow('an item of type 20H is 4 bytes too long')
  })
})

describe('the reader', () => {
  const read = (bytes: Buffer, sizes: readonly number[]) => {
    const pdus: unknown[] = []
    let open = Buffer.alloc(0)
    const reader = new PDUReader(
      {
        pdu: (type, body) => void pdus.push([type, body.toString('hex')]),
        data: () => true,
        fragment(contextID, control, piece, complete) {
          open = Buffer.concat([open, piece])
          if (!complete) return
          pdus.push([contextID, control, open.toString('hex')])
          open = Buffer.alloc(0)
        },
      },
      { maximumLength: 65_536, maximumAssociateLength: 65_536 },
    )
    for (let at = 0, i = 0; at < bytes.length; i += 1) {
      const size = sizes[i % sizes.length]!
      reader.write(bytes.subarray(at, at + size))
      at += size
    }
    return { pdus, betweenPDUs: reader.betweenPDUs }
  }

  test('gives the same PDUs and fragments however the bytes are cut', () => {
    const bytes = Buffer.concat([
      encodeAssociateRQ(associateRQ()),
      fragment(1, 3, Buffer.from('command')),
      fragment(3, 0, Buffer.alloc(0)),
      fragment(3, 2, Buffer.from('data set')),
      encodeReleaseRQ(),
    ])
    const whole = read(bytes, [bytes.length])
    expect(whole.pdus.length).toBe(5)
    expect(whole.betweenPDUs).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        expect(read(bytes, sizes)).toEqual(whole)
      }),
    )
  })

  test('gives every fragment of a P-DATA-TF that holds several', () => {
    const one = fragment(1, 1, Buffer.from('one')).subarray(6)
    const two = fragment(1, 3, Buffer.from('three')).subarray(6)
    const header = Buffer.from([4, 0, 0, 0, 0, one.length + two.length])
    expect(read(Buffer.concat([header, one, two]), [7]).pdus).toEqual([
      [1, 1, Buffer.from('one').toString('hex')],
      [1, 3, Buffer.from('three').toString('hex')],
    ])
  })

  test('hands on views of the chunk, not copies', () => {
    const chunk = fragment(1, 2, Buffer.alloc(1000))
    const sink = {
      pdu: () => undefined,
      data: () => true,
      fragment: (_: number, __: number, bytes: Buffer) => expect(bytes.buffer).toBe(chunk.buffer),
    }
    new PDUReader(sink, { maximumLength: 65_536, maximumAssociateLength: 65_536 }).write(chunk)
    expect.assertions(1)
  })
})
