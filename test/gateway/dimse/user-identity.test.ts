/** User identity negotiation, where the register asks an Application Entity for it. PS3.7 §D.3.3.7. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { decodeAssociateAC, encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import type { UserIdentity } from '../../../gateway/dimse/user-information.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { run, testWithPeer } from '../../support/foreign-peers.ts'
import { startTestProgram, type TestProgram, testPassword } from '../../support/program.ts'
import { associateRQ, RawPeer } from './fixture.ts'
import { smallInstance } from './fixture-studies.ts'

let program: TestProgram

beforeAll(async () => {
  program = await startTestProgram()
  const [east, west] = program.county.townships
  await upsertAE(program.index.pool, { title: 'EAST_GATE', institution: east, requiresIdentity: true })
  const account = { kind: 'program', roles: ['sender'], password: testPassword } as const
  await program.accounts.create({ ...account, username: 'east-gate', displayName: 'East gate', institution: east })
  await program.accounts.create({ ...account, username: 'west-gate', displayName: 'West gate', institution: west })
})
afterAll(() => program?.close())

async function answerTo(userIdentity?: Partial<UserIdentity> & { username?: string; passcode?: string }, callingAETitle = 'EAST_GATE') {
  const { username = '', passcode = '', ...more } = userIdentity ?? {}
  const identity = { type: 2, positiveResponseRequested: true, primary: Buffer.from(username), secondary: Buffer.from(passcode), ...more }
  const peer = await RawPeer.connect(program.dicomPort)
  const information = { ...associateRQ().userInformation, ...(userIdentity && { userIdentity: identity }) }
  peer.send(encodeAssociateRQ(associateRQ({ callingAETitle, userInformation: information })))
  const pdu = await peer.pdu()
  peer.close()
  return pdu
}

const accepted = 0x02
const refused = { type: 0x03, body: Buffer.from([0, 1, 2, 1]) }

describe('an Application Entity that must prove who it is', () => {
  test('with the name and password of a program of its institution is accepted, and answered where it asks for it', async () => {
    const answer = await answerTo({ username: 'east-gate', passcode: testPassword })
    expect(answer?.type).toBe(accepted)
    expect(decodeAssociateAC(answer!.body).userInformation.userIdentityResponse).toEqual(Buffer.alloc(0))
    const silent = await answerTo({ username: 'east-gate', passcode: testPassword, positiveResponseRequested: false })
    expect(decodeAssociateAC(silent!.body).userInformation.userIdentityResponse).toBeUndefined()
  })

  test.each<[string, Parameters<typeof answerTo>[0]]>([
    ['without an identity', undefined],
    ['with a wrong password', { username: 'east-gate', passcode: 'wrong' }],
    ['with a name that nobody has', { username: 'nobody', passcode: testPassword }],
    ['with a name alone', { type: 1, username: 'east-gate' }],
    ['with a Kerberos ticket', { type: 3, username: 'ticket' }],
    ['as a program of another institution', { username: 'west-gate', passcode: testPassword }],
    ['as a person', { username: 'east-technologist', passcode: testPassword }],
  ])('%s: rejected-permanent by the service provider, no reason given', async (_, identity) => {
    expect(await answerTo(identity)).toEqual(refused)
  })
})

test('whoever need not prove it is not asked, whatever it sends, and gets no answer to it', async () => {
  const answer = await answerTo({ username: 'east-gate', passcode: 'wrong' }, 'EAST_CT')
  expect(answer?.type).toBe(accepted)
  expect(decodeAssociateAC(answer!.body).userInformation.userIdentityResponse).toBeUndefined()
})

test('an identity that is longer than its sub-item ends in A-ABORT', async () => {
  const peer = await RawPeer.connect(program.dicomPort)
  const identity = { type: 2, positiveResponseRequested: false, primary: Buffer.from('east-gate'), secondary: Buffer.from('pass') }
  const pdu = encodeAssociateRQ(associateRQ({ userInformation: { ...associateRQ().userInformation, userIdentity: identity } }))
  const at = pdu.indexOf('east-gate') - 2
  pdu.writeUInt16BE(0xffff, at)
  peer.send(pdu)
  expect((await peer.pdu())?.type).toBe(0x07)
  peer.close()
})

testWithPeer('storescu', 'DCMTK proves who it is, and is answered', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'identity-'))
  try {
    const { SOPClassUID, SOPInstanceUID, dataset } = smallInstance(['1.1', '1.1.1', '1.1.1.1'], { PatientID: '1' })
    const file = join(folder, 'sr.dcm')
    await writeFile(file, Buffer.concat([fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: ExplicitVRLittleEndian }), dataset]))
    const send = (password: string) =>
      run('storescu', [
        '-v',
        '-aet',
        'EAST_GATE',
        '-aec',
        'ARCHIVE',
        '-usr',
        'east-gate',
        '-pwd',
        password,
        '-rsp',
        '127.0.0.1',
        String(program.dicomPort),
        file,
      ])
    expect((await send(testPassword)).output).toContain('Received Store Response (Success)')
    expect((await send('wrong')).output).toMatch(/Rejected Permanent/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
