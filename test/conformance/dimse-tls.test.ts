/** Foreign hands on secure transport: DCMTK over TLS in both directions. PS3.15 Annex B. */
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { Config } from '../../gateway/config.ts'
import { AssociationLost } from '../../gateway/dimse/errors.ts'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { CertificatesUnusable, secureTransport } from '../../gateway/dimse/tls.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { smallInstance } from '../gateway/dimse/fixture-studies.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import { startStoreSCP } from '../support/dicom-programs.ts'
import { describeWithPeers, run } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

describeWithPeers('TLS', ['openssl', 'echoscu', 'storescu', 'findscu', 'movescu', 'storescp'], () => {
  let certificates: Certificates
  let program: TestProgram
  const settings = (): Partial<Config> => ({
    DICOM_TLS_PORT: 0,
    DICOM_TLS_CERT: certificates.archive.cert,
    DICOM_TLS_KEY: certificates.archive.key,
    DICOM_TLS_CA: certificates.authority.cert,
  })
  const called = (started: TestProgram) => ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '127.0.0.1', String(started.dicomTLSPort)]
  const as = ({ key, cert }: { key: string; cert: string }) => ['+tls', key, cert, '+cf', certificates.authority.cert]

  beforeAll(async () => {
    certificates = await makeCertificates()
    program = await startTestProgram({ config: settings() })
  })
  afterAll(async () => {
    await program?.close()
    await certificates?.remove()
  })

  describe('who calls shows a certificate', () => {
    test.each(['+py', '+px', '+pz'])('of the county: echoscu, storescu and findscu, in profile %s', async (profile) => {
      const secure = ['-v', ...as(certificates.modality), profile]
      const echo = await run('echoscu', [...secure, ...called(program)])
      expect(echo.output).toContain('Received Echo Response (Success)')
      const instance = smallInstance(['1.1', '1.1.1', '1.1.1.1'], { PatientID: '1001', PatientName: 'Zhang^San' })
      const file = `${certificates.modality.cert}.dcm`
      const { SOPClassUID, SOPInstanceUID } = instance
      await writeFile(
        file,
        Buffer.concat([fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: '1.2.840.10008.1.2.1' }), instance.dataset]),
      )
      expect((await run('storescu', [...secure, ...called(program), file])).output).toContain('Received Store Response (Success)')
      const find = await run('findscu', [...secure, '-S', ...called(program), '-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID'])
      expect(find.output).toMatch(/\(0020,000d\) UI \[1\.1\0?\]/)
    })

    test.each<[string, () => string[]]>([
      ['of an authority that nobody here believes', () => ['+tls', certificates.stranger.key, certificates.stranger.cert, '-ic']],
      ['none at all', () => ['+tla', '-ic']],
      ['that it signed itself', () => ['+tls', certificates.strangers.key, certificates.strangers.cert, '-ic']],
    ])('%s: the connection is refused', async (_, options) => {
      const { output, code } = await run('echoscu', ['-v', ...options(), ...called(program)])
      expect(output).not.toContain('Received Echo Response')
      expect(code).not.toBe(0)
    })

    test('who speaks no TLS to that port, or TLS to the other, gets no association', async () => {
      expect((await run('echoscu', ['-v', ...called(program)])).code).not.toBe(0)
      const plain = ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '127.0.0.1', String(program.dicomPort)]
      expect((await run('echoscu', ['-v', ...as(certificates.modality), ...plain])).code).not.toBe(0)
      expect((await run('echoscu', ['-v', ...plain])).output).toContain('Received Echo Response (Success)')
    })

    test('TLS 1.1 is not spoken', async () => {
      const alert = await new Promise<Error | undefined>((resolve) => {
        const socket = connect({
          port: program.dicomTLSPort!,
          host: '127.0.0.1',
          maxVersion: 'TLSv1.1',
          minVersion: 'TLSv1',
          rejectUnauthorized: false,
        })
        socket.once('error', resolve).once('secureConnect', () => resolve(undefined))
      })
      expect(alert).toBeDefined()
    })

    test('a silent connection and a broken handshake keep nobody out', async () => {
      const broken = connect({ port: program.dicomTLSPort!, host: '127.0.0.1', rejectUnauthorized: false })
      broken.on('error', () => undefined)
      expect((await run('echoscu', ['-v', ...as(certificates.modality), ...called(program)])).output).toContain(
        'Received Echo Response (Success)',
      )
      broken.destroy()
    })
  })

  test('without client certificates anybody may call over TLS, and the plain port can be off', async () => {
    const anonymous = await startTestProgram({
      config: { ...settings(), DICOM_TLS_CLIENTS: 'anonymous', DICOM_PLAIN: 'off' },
    })
    try {
      expect(anonymous.dicomPort).toBe(anonymous.dicomTLSPort)
      const { output } = await run('echoscu', ['-v', '+tla', '+cf', certificates.authority.cert, ...called(anonymous)])
      expect(output).toContain('Received Echo Response (Success)')
    } finally {
      await anonymous.close()
    }
  })

  describe('whom we call', () => {
    const move = async (scp: Awaited<ReturnType<typeof startStoreSCP>>) => {
      await upsertAE(program.index.pool, {
        title: 'SECURE',
        institution: program.county.townships[0],
        host: '127.0.0.1',
        port: scp.port,
        tls: true,
      })
      const plain = ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '127.0.0.1', String(program.dicomPort)]
      const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID=1.1']
      return (await run('movescu', ['-d', '-S', '-aem', 'SECURE', ...plain, ...keys])).output
    }

    test('a destination with TLS is sent to over TLS, and sees our certificate', async () => {
      const scp = await startStoreSCP(...as(certificates.modality))
      try {
        expect(await move(scp)).toContain('0x0000: Success')
        expect(await scp.files()).toHaveLength(1)
      } finally {
        await scp.stop()
      }
    })

    test('one whose certificate nobody here believes gets nothing', async () => {
      const { key, cert } = certificates.stranger
      const scp = await startStoreSCP('+tls', key, cert, '-ic')
      try {
        expect(await move(scp)).toMatch(/0xa702/i)
        expect(await scp.files()).toEqual([])
      } finally {
        await scp.stop()
      }
    })

    test('our requestor says what is wrong', async () => {
      const { client } = secureTransport({ DICOM_TLS_CA: certificates.strangers.cert })
      const request = {
        host: '127.0.0.1',
        port: program.dicomTLSPort!,
        callingAETitle: 'EAST_CT',
        calledAETitle: 'ARCHIVE',
        contexts: [{ abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [ImplicitVRLittleEndian] }],
        tls: client,
      }
      const error = await openAssociation(request).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(AssociationLost)
      expect(String((error as Error).cause)).toMatch(/certificate/)
    })
  })

  test.each<[string, () => Parameters<typeof secureTransport>[0], RegExp]>([
    [
      'a file that is not there',
      () => ({ DICOM_TLS_CERT: '/none.pem', DICOM_TLS_KEY: '/none.key' }),
      /DICOM_TLS_CERT=\/none\.pem cannot be read \(ENOENT\)/,
    ],
    [
      'a key for a certificate',
      () => ({ DICOM_TLS_CERT: certificates.archive.key, DICOM_TLS_KEY: certificates.archive.key }),
      /holds no certificate in PEM/,
    ],
    [
      'the key of another',
      () => ({ DICOM_TLS_CERT: certificates.archive.cert, DICOM_TLS_KEY: certificates.modality.key }),
      /is no key for the certificate/,
    ],
    ['an authority that is none', () => ({ DICOM_TLS_CA: certificates.archive.key }), /DICOM_TLS_CA=.* holds no certificate/],
  ])('%s is one clear sentence at the start', async (_, files, sentence) => {
    expect(() => secureTransport(files())).toThrow(CertificatesUnusable)
    expect(() => secureTransport(files())).toThrow(sentence)
  })

  test('a certificate that expired is told of at the start', async () => {
    const { cert, key } = certificates.archive
    const expired = `${cert}.expired`
    const { code, output } = await run('openssl', [
      'x509',
      '-req',
      '-in',
      `${cert}.csr`,
      '-CA',
      certificates.authority.cert,
      '-CAkey',
      certificates.authority.key,
      '-days',
      '-1',
      '-out',
      expired,
    ])
    expect(code, output).toBe(0)
    expect((await readFile(expired)).length).toBeGreaterThan(0)
    expect(() => secureTransport({ DICOM_TLS_CERT: expired, DICOM_TLS_KEY: key })).toThrow(/expired on/)
  })
})
