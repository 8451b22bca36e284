/** A-ASSOCIATE-RJ: each refusal with its result, source and reason (PS3.8 Table 9-21), and what of a request is refused context by context. */
import { afterEach, describe, expect, test } from 'vitest'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { type AssociateRQ, decodeAssociateAC, encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import type { DIMSEOptions } from '../../../gateway/dimse/scp.ts'
import { type Archive, associateRQ, CT, modality, RawPeer, startArchive, until } from './fixture.ts'

let archive: Archive | undefined
const peers: RawPeer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await archive?.server.close()
  archive = undefined
})

async function answerTo(changes: Partial<AssociateRQ>, options: Partial<DIMSEOptions> = {}) {
  archive ??= await startArchive(options)
  const peer = await RawPeer.connect(archive.port)
  peers.push(peer)
  peer.send(encodeAssociateRQ(associateRQ(changes)))
  return peer.pdu()
}

const rj = (result: number, source: number, reason: number) => ({ type: 0x03, body: Buffer.from([0, result, source, reason]) })

describe('an association is refused', () => {
  test('permanently, calling-AE-title-not-recognized: an Application Entity that nobody registered', async () => {
    expect(await answerTo({ callingAETitle: 'STRANGER' })).toEqual(rj(1, 1, 3))
    expect(archive?.server.associations()).toBe(0)
  })

  test('permanently, called-AE-title-not-recognized: a caller who means another archive', async () => {
    expect(await answerTo({ calledAETitle: 'OTHER' })).toEqual(rj(1, 1, 7))
  })

  test('permanently, application-context-name-not-supported', async () => {
    expect(await answerTo({ applicationContextName: '1.2.3' })).toEqual(rj(1, 1, 2))
  })

  test('permanently, protocol-version-not-supported', async () => {
    expect(await answerTo({ protocolVersion: 2 })).toEqual(rj(1, 2, 2))
  })

  test('for now, local-limit-exceeded: one association more than the limit; and not when one has gone', async () => {
    archive = await startArchive({ limits: { maximumAssociations: 2 } })
    const first = await RawPeer.associate(archive.port)
    peers.push(first, await RawPeer.associate(archive.port))
    expect(await answerTo({})).toEqual(rj(2, 3, 2))
    first.close()
    await until(() => archive?.server.associations() === 1)
    expect((await answerTo({}))?.type).toBe(0x02)
  })

  test('for now, local-limit-exceeded: one more than this Application Entity may hold, whatever others hold', async () => {
    archive = await startArchive({
      archive: {
        store: async () => undefined,
        findAE: async (title) => ({ ...modality, maxAssociations: title === 'MODALITY' ? 1 : null }),
      },
    })
    const first = await RawPeer.associate(archive.port)
    peers.push(first)
    expect(await answerTo({})).toEqual(rj(2, 3, 2))
    expect((await answerTo({ callingAETitle: 'VIEWER' }))?.type).toBe(0x02)
    first.close()
    await until(() => archive?.server.associations() === 1)
    expect((await answerTo({}))?.type).toBe(0x02)
  })

  test('for now, temporary-congestion: when it cannot be known who is registered', async () => {
    const findAE = () => Promise.reject(new Error('no database'))
    expect(await answerTo({}, { archive: { store: async () => undefined, findAE } })).toEqual(rj(2, 3, 1))
  })
})

test('an Application Entity that nobody registered is taken when the archive is told for whom', async () => {
  expect((await answerTo({ callingAETitle: 'STRANGER' }, { acceptUnknown: modality }))?.type).toBe(0x02)
})

test('padding of titles means nothing', async () => {
  expect((await answerTo({ callingAETitle: '  MODALITY', calledAETitle: 'ARCHIVE\0\0' }))?.type).toBe(0x02)
})

describe('a presentation context is answered', () => {
  const results = async (changes: Partial<AssociateRQ>) => {
    const answer = await answerTo(changes)
    return decodeAssociateAC(answer!.body).contexts
  }
  const context = (abstractSyntax: string, ...transferSyntaxes: string[]) => ({ contexts: [{ id: 5, abstractSyntax, transferSyntaxes }] })

  test('acceptance: private storage, and a storage SOP class newer than our table', async () => {
    expect(await results(context('1.2.276.0.7230010.3.1.0.1', ExplicitVRLittleEndian))).toMatchObject([{ id: 5, result: 0 }])
    expect(await results(context('1.2.840.10008.5.1.4.1.1.999.1', ExplicitVRLittleEndian))).toMatchObject([{ id: 5, result: 0 }])
  })

  test('abstract-syntax-not-supported: what is no service of ours, DICOMDIR, and no UID at all', async () => {
    expect(await results(context('1.2.840.10008.5.1.1.9', ExplicitVRLittleEndian))).toMatchObject([{ id: 5, result: 3 }])
    expect(await results(context('1.2.840.10008.1.3.10', ExplicitVRLittleEndian))).toMatchObject([{ id: 5, result: 3 }])
    expect(await results(context('', ExplicitVRLittleEndian))).toMatchObject([{ id: 5, result: 3 }])
  })

  test('transfer-syntaxes-not-supported', async () => {
    expect(await results(context(CT, '1.2.840.10008.1.2.4.52'))).toMatchObject([{ id: 5, result: 4 }])
    expect(await results(context(CT))).toMatchObject([{ id: 5, result: 4 }])
  })

  test('user-rejection: storage for an Application Entity that may not store; it may still verify', async () => {
    expect(await results({ callingAETitle: 'VIEWER' })).toMatchObject([
      { id: 1, result: 0 },
      { id: 3, result: 1 },
    ])
  })

  test('with the transfer syntax that loses least: never lossy, never Implicit VR, where the requestor has another', async () => {
    const jpeg = '1.2.840.10008.1.2.4.50'
    const jpegLossless = '1.2.840.10008.1.2.4.70'
    const chosen = async (...proposed: string[]) => (await results(context(CT, ...proposed)))[0]?.transferSyntax
    expect(await chosen(jpeg, ImplicitVRLittleEndian, ExplicitVRLittleEndian)).toBe(ExplicitVRLittleEndian)
    expect(await chosen(jpegLossless, ExplicitVRLittleEndian)).toBe(jpegLossless)
    expect(await chosen(jpeg, ImplicitVRLittleEndian)).toBe(ImplicitVRLittleEndian)
    expect(await chosen(jpeg)).toBe(jpeg)
  })
})

describe('beside the contexts', () => {
  const CTRole = { SOPClassUID: CT, scu: true, scp: true }

  test('one operation at a time is answered to whoever asks for more, and nothing to who does not ask', async () => {
    const information = associateRQ().userInformation
    const asked = await answerTo({ userInformation: { ...information, asynchronousOperations: { invoked: 0, performed: 0 } } })
    expect(decodeAssociateAC(asked!.body).userInformation.asynchronousOperations).toEqual({ invoked: 1, performed: 1 })
    expect(decodeAssociateAC((await answerTo({}))!.body).userInformation.asynchronousOperations).toBeUndefined()
  })

  test('roles: the requestor is SCU of storage, and SCP for what a C-GET sends it; of what was not accepted nothing is said', async () => {
    const information = {
      ...associateRQ().userInformation,
      roles: [CTRole, { SOPClassUID: '1.2.840.10008.5.1.1.9', scu: true, scp: true }],
    }
    const answer = decodeAssociateAC((await answerTo({ userInformation: information }))!.body)
    expect(answer.userInformation.roles).toEqual([CTRole])
  })

  test('extended negotiation of storage: level 2, signatures level 3, no coercion', async () => {
    const information = { ...associateRQ().userInformation, extended: [{ SOPClassUID: CT, information: Buffer.from([2, 0, 0, 0, 0, 0]) }] }
    const answer = decodeAssociateAC((await answerTo({ userInformation: information }))!.body)
    expect(answer.userInformation.extended).toEqual([{ SOPClassUID: CT, information: Buffer.from([2, 0, 3, 0, 0, 0]) }])
  })

  test('our maximum length, implementation class and version name', async () => {
    const { userInformation } = decodeAssociateAC((await answerTo({}))!.body)
    expect(userInformation.maximumLength).toBe(131_072)
    expect(userInformation.ImplementationClassUID).toMatch(/^2\.25\./)
    expect(userInformation.ImplementationVersionName!.length).toBeLessThanOrEqual(16)
  })
})
