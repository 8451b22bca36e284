/** Command sets. PS3.7 §6.3.1 and Annex E. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CommandSet,
  decodeCommandSet,
  encodeCommandSet,
  hasDataset,
  isResponse,
  operationOf,
  responseTo,
} from '../../../gateway/dimse/command-set.ts'
import { InvalidMessage } from '../../../gateway/dimse/errors.ts'
import { echoRQ, storeRQ } from './fixture.ts'

test('a C-ECHO-RQ is the bytes that the standard says', () => {
  const hex = [
    '00000000 04000000 38000000', // (0000,0000) group length 56
    '00000200 12000000 312e322e3834302e31303030382e312e3100', // (0000,0002) 1.2.840.10008.1.1
    '00000001 02000000 3000', // (0000,0100) C-ECHO-RQ
    '00001001 02000000 0700', // (0000,0110) Message ID 7
    '00000008 02000000 0101', // (0000,0800) no data set
  ]
  expect(encodeCommandSet(echoRQ).toString('hex')).toBe(hex.join('').replaceAll(' ', ''))
})

test('what is written is what is read', () => {
  const uint16 = fc.nat(0xffff)
  const uid = fc.stringMatching(/^[1-9][0-9.]{0,61}[0-9]$/)
  const command = fc.record(
    {
      CommandField: uint16,
      AffectedSOPClassUID: uid,
      MessageID: uint16,
      CommandDataSetType: uint16,
      Status: uint16,
      OffendingElement: fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 3 }),
      ErrorComment: fc.stringMatching(/^[a-z]{1,64}$/),
      AffectedSOPInstanceUID: uid,
      MoveOriginatorApplicationEntityTitle: fc.stringMatching(/^[A-Z]{1,16}$/),
    },
    { requiredKeys: ['CommandField'] },
  )
  fc.assert(
    fc.property(command, (set) => {
      const { CommandGroupLength, ...read } = decodeCommandSet(encodeCommandSet(set as CommandSet))
      expect(read).toEqual(set)
      expect(CommandGroupLength).toBe(encodeCommandSet(set as CommandSet).length - 12)
    }),
  )
})

test('any bytes are a command set or an InvalidMessage', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (noise, at) => {
      const bytes = encodeCommandSet(storeRQ())
      bytes.set(noise.subarray(0, bytes.length - at), at)
      for (const input of [Buffer.from(noise), bytes]) {
        try {
          decodeCommandSet(input)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidMessage)
        }
      }
    }),
  )
})

test('elements that are not in the table and values of another length are passed over', () => {
  const unknown = Buffer.from('0000990902000000ffff', 'hex')
  const emptyStatus = Buffer.from('0000000900000000', 'hex')
  const read = decodeCommandSet(Buffer.concat([encodeCommandSet(echoRQ), unknown, emptyStatus]))
  expect(read).toMatchObject(echoRQ)
  expect(read.Status).toBeUndefined()
})

test('requests, responses and their data sets are told apart', () => {
  expect(isResponse(echoRQ)).toBe(false)
  const response = { CommandField: responseTo(echoRQ.CommandField) }
  expect(isResponse(response)).toBe(true)
  expect(operationOf(response)).toBe('C-ECHO')
  expect(operationOf({ CommandField: 0x0999 })).toBeUndefined()
  expect(hasDataset(storeRQ())).toBe(true)
  expect(hasDataset({ ...storeRQ(), CommandDataSetType: 0x0102 })).toBe(true)
  expect(hasDataset(echoRQ)).toBe(false)
})
