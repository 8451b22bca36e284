/**
 * Real files: every one of the sample set is pushed by STOW-RS, by C-STORE of our own SCU (which sends the data set as it stands) and by DCMTK's
 * storescu (which writes it anew), and comes out as its manifest expects. Where the manifest leaves a choice (`policy`), the table below is our rule.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { describeWithPeers, run } from '../support/foreign-peers.ts'
import { part10Layout } from '../support/part10-layout.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { haveSamples, type Sample, sampleBytes, samplePath, samples } from '../support/samples.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

type Answer = 'accept' | 'reject'
const ourRule: Readonly<Record<string, { readonly stow: Answer; readonly cstore: Answer }>> = {
  // An odd length of Pixel Data is kept as it came.
  'hd-dx_image.dcm': { stow: 'accept', cstore: 'accept' },
  // File Meta and data set name different instances: over the web the data set counts, by C-STORE another one was announced (0xA900).
  'pyd-rtdose.dcm': { stow: 'accept', cstore: 'reject' },
  'plj-JPEGLossless_1s_1f_i_16_16_bad.dcm': { stow: 'accept', cstore: 'reject' },
  'dcmjs-no-meta-length-test.dcm': { stow: 'accept', cstore: 'reject' },
  // Every transfer syntax that we name is negotiated.
  'pyd-image_dfl.dcm': { stow: 'accept', cstore: 'accept' },
  'syn-video-mpeg2-mpml.dcm': { stow: 'accept', cstore: 'accept' },
  'syn-htj2k-lossless-fixed.dcm': { stow: 'accept', cstore: 'accept' },
  // A UID with letters is none: refused by name.
  'pydd-bad_sequence.dcm': { stow: 'reject', cstore: 'reject' },
  // Other content under a UID that is taken: kept as a version, the first stays current.
  'dcmjs-invalid-vr-length-test.dcm': { stow: 'accept', cstore: 'accept' },
  'pynetdic-CTImageStorage_bad_meta.dcm': { stow: 'accept', cstore: 'accept' },
  'syn-dup-sop-v2.dcm': { stow: 'accept', cstore: 'accept' },
}

/** No Part 10 files: nobody can send them by C-STORE. */
const notSendable: ReadonlySet<string> = new Set(['pyd-no_meta.dcm', 'syn-zero-length.dcm', 'syn-not-dicom-text.dcm'])

/** Share their SOPInstanceUID with a file before them: the first that came is what is retrieved. */
const sharesUID: ReadonlySet<string> = new Set([
  'dcmjs-invalid-vr-length-test.dcm',
  'pynetdic-CTImageStorage_bad_meta.dcm',
  'syn-dup-sop-v1-identical.dcm',
  'syn-dup-sop-v2.dcm',
])

const expected = ({ name, expected: stow, expected_cstore: cstore }: Sample, door: 'stow' | 'cstore' | 'storescu'): Answer => {
  const word = door === 'stow' ? stow : cstore
  // storescu announces the UIDs of the data set, so nothing is left to contradict.
  if (word === 'policy') return ourRule[name]?.[door === 'cstore' ? 'cstore' : 'stow'] ?? 'accept'
  return word === 'accept' ? 'accept' : 'reject'
}

const instancePath = ({ study_uid, series_uid, sop_instance_uid }: Sample) =>
  `/dicomweb/studies/${study_uid}/series/${series_uid}/instances/${sop_instance_uid}`

/** The stored object as it is. */
async function retrieve(program: TestProgram, sample: Sample, path = instancePath(sample)): Promise<Buffer> {
  const response = await program.request('radiologist', path, { headers: { Accept: 'application/dicom; transfer-syntax=*' } })
  expect(response.status, await peek(response)).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

const peek = async (response: Response) => (response.ok ? '' : await response.clone().text())

/** What is in the archive, counted: a refused file must leave neither row nor object. */
async function census(program: TestProgram): Promise<{ rows: number; objects: number }> {
  const { rows } = await program.index.pool.query<{ n: number }>(
    'select (select count(*) from instance) + (select count(*) from version) + (select count(*) from study) as n',
  )
  let objects = 0
  for await (const _ of program.objects.list('EAST/')) objects += 1
  return { rows: Number(rows[0]!.n), objects }
}

describe.skipIf(!haveSamples)(`${samples.length} real files`, () => {
  test('have a rule each where the manifest leaves the choice', () => {
    const open = samples.filter((sample) => [sample.expected, sample.expected_cstore].includes('policy'))
    expect(open.filter(({ name }) => ourRule[name] === undefined && !notSendable.has(name)).map(({ name }) => name)).toEqual([])
  })

  describe('by STOW-RS', () => {
    let program: TestProgram
    beforeAll(async () => {
      program = await startTestProgram()
    })
    afterAll(() => program.close())

    const store = async (sample: Sample) => {
      const boundary = 'samples-boundary'
      const body = Buffer.concat([
        Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
        sampleBytes(sample.name),
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ])
      return program.request('east-technologist', '/dicomweb/studies', {
        method: 'POST',
        headers: { 'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`, Accept: 'application/dicom+json' },
        body,
      })
    }

    test.each(samples.map((sample) => [sample.name, expected(sample, 'stow'), sample] as const))('%s: %s', async (name, answer, sample) => {
      const before = await census(program)
      const response = await store(sample)
      const result = (await response.json()) as Record<string, { Value: Record<string, { Value?: unknown[] }>[] }>
      if (answer === 'reject') {
        expect(response.status).toBe(409)
        // What cannot be named as an instance stands among the other failures (PS3.18 Table 10.5.3-2).
        const [failed] = (result['00081198'] ?? result['0008119A'])!.Value
        expect(failed!['00081197']!.Value![0], 'FailureReason').toBeGreaterThan(0)
        expect(response.headers.get('warning'), 'a sentence for people').toMatch(/^299 \S+ .{20,}/)
        expect(await census(program)).toEqual(before)
        return
      }
      expect([200, 202]).toContain(response.status)
      const [stored] = result['00081199']!.Value
      const uid = stored!['00081155']!.Value![0] as string
      if (sample.sop_instance_uid !== '') expect(uid).toBe(sample.sop_instance_uid)
      if (sharesUID.has(name)) {
        if (name !== 'syn-dup-sop-v1-identical.dcm') {
          expect(response.status, 'a warning tells of the conflict').toBe(202)
          expect(stored!['00081196']!.Value![0], 'WarningReason').toBe(0xb000)
        }
        return
      }
      // Back comes the very file.
      const path = new URL(stored!['00081190']!.Value![0] as string, program.origin).pathname
      const bytes = await retrieve(program, sample, path)
      expect(sha256(bytes)).toBe(sample.sha256)
      await checkPixels(program, sample, path)
    })

    test('a later file under a UID that is taken changes nothing of the first', async () => {
      for (const first of ['dcmjs-cine-test.dcm', 'pyd-CT_small.dcm', 'syn-dup-sop-v1.dcm']) {
        const sample = samples.find(({ name }) => name === first)!
        expect(sha256(await retrieve(program, sample))).toBe(sample.sha256)
      }
    })
  })

  describe('by C-STORE, data sets as they stand', () => {
    let program: TestProgram
    beforeAll(async () => {
      program = await startTestProgram()
    })
    afterAll(() => program.close())

    const send = async (bytes: Buffer, { sop_class_uid, sop_instance_uid, transfer_syntax_uid }: Sample) => {
      const meta = part10Layout(bytes)
      const { datasetOffset } = meta
      // A File Meta that lacks them: what a sender would find in the data set.
      const SOPClassUID = meta.SOPClassUID || sop_class_uid
      const SOPInstanceUID = meta.SOPInstanceUID || sop_instance_uid
      const TransferSyntaxUID = meta.TransferSyntaxUID || transfer_syntax_uid
      const association = await openAssociation({
        host: '127.0.0.1',
        port: program.dicomPort,
        callingAETitle: 'EAST_CT',
        calledAETitle: 'ARCHIVE',
        contexts: [{ abstractSyntax: SOPClassUID, transferSyntaxes: [TransferSyntaxUID] }],
      })
      try {
        return await association.store({
          SOPClassUID,
          SOPInstanceUID,
          TransferSyntaxUID,
          dataset: (async function* () {
            yield bytes.subarray(datasetOffset)
          })(),
        })
      } finally {
        await association.release()
      }
    }

    const sendable = samples.filter(({ name }) => !notSendable.has(name))
    test.each(sendable.map((sample) => [sample.name, expected(sample, 'cstore'), sample] as const))(
      '%s: %s',
      async (name, answer, sample) => {
        const before = await census(program)
        const bytes = sampleBytes(name)
        const sent = await send(bytes, sample).catch((error: Error) => ({ Status: -1, ErrorComment: error.message }))
        if (answer === 'reject') {
          expect(sent.Status).not.toBe(0)
          expect(sent.ErrorComment?.length, 'a reason').toBeGreaterThan(5)
          expect(await census(program)).toEqual(before)
          return
        }
        expect(sent).toMatchObject({ Status: 0 })
        if (sharesUID.has(name)) return
        const back = await retrieve(program, sample)
        const { datasetOffset } = part10Layout(back)
        expect(sha256(back.subarray(datasetOffset)), 'the data set, byte by byte').toBe(
          sha256(bytes.subarray(part10Layout(bytes).datasetOffset)),
        )
        await checkPixels(program, sample)
      },
    )
  })

  describeWithPeers('by storescu of DCMTK', ['storescu', 'dcmconv'], () => {
    let program: TestProgram
    let folder: string
    beforeAll(async () => {
      program = await startTestProgram()
      folder = await mkdtemp(join(tmpdir(), 'samples-'))
    })
    afterAll(async () => {
      await program.close()
      await rm(folder, { recursive: true, force: true })
    })

    /** One form for both: explicit lengths, no group lengths, no padding, no File Meta. Undefined where DCMTK cannot read the file. */
    const normal = async (path: string): Promise<string | undefined> => {
      const out = join(folder, 'normal')
      const form = ['--write-dataset', '--group-length-remove', '--length-explicit', '--padding-off']
      const { code } = await run('dcmconv', [...form, path, out])
      return code === 0 ? sha256(await readFile(out)) : undefined
    }

    const sendable = samples.filter(({ name, sop_instance_uid }) => !notSendable.has(name) && sop_instance_uid !== '')
    test.each(sendable.map((sample) => [sample.name, expected(sample, 'storescu'), sample] as const))(
      '%s: %s',
      async (name, answer, sample) => {
        const before = await census(program)
        const { code, output } = await run('storescu', [
          ...(proposing[sample.transfer_syntax_uid] ?? []),
          '-v',
          '-R',
          '-aet',
          'EAST_CT',
          '-aec',
          'ARCHIVE',
          '127.0.0.1',
          String(program.dicomPort),
          samplePath(name),
        ])
        // What DCMTK itself cannot read or propose never reaches us; nothing may be left behind either.
        const reached = /Received Store Response/.test(output)
        if (answer === 'reject') {
          expect(output).not.toMatch(/Received Store Response \(Success\)/)
          expect(await census(program)).toEqual(before)
          return
        }
        if (!reached) {
          expect([...dcmtkCannotSend.keys()], `storescu: ${output.slice(-400)}`).toContain(name)
          return
        }
        expect(code, output.slice(-400)).toBe(0)
        expect(output).toMatch(/Received Store Response \(Success\)/)
        if (sharesUID.has(name)) return
        const path = join(folder, 'back.dcm')
        await writeFile(path, await retrieve(program, sample))
        const [sent, back] = [await normal(samplePath(name)), await normal(path)]
        if (sent !== undefined) expect(back, 'the data set as DCMTK reads it').toBe(sent)
      },
    )
  })
})

/** How storescu is told to propose a transfer syntax; one that it has no word for it cannot send. */
const proposing: Readonly<Record<string, readonly string[]>> = {
  '1.2.840.10008.1.2': ['-xi'],
  '1.2.840.10008.1.2.1': ['-xe'],
  '1.2.840.10008.1.2.2': ['-xb'],
  '1.2.840.10008.1.2.1.99': ['-xd'],
  '1.2.840.10008.1.2.4.50': ['-xy'],
  '1.2.840.10008.1.2.4.51': ['-xx'],
  '1.2.840.10008.1.2.4.70': ['-xs'],
  '1.2.840.10008.1.2.4.80': ['-xt'],
  '1.2.840.10008.1.2.4.81': ['-xu'],
  '1.2.840.10008.1.2.4.90': ['-xv'],
  '1.2.840.10008.1.2.4.91': ['-xw'],
  '1.2.840.10008.1.2.5': ['-xr'],
  '1.2.840.10008.1.2.4.100': ['-xm'],
}

/** What DCMTK 3.6.7 does not send, and why. */
const dcmtkCannotSend: ReadonlyMap<string, string> = new Map([
  ['syn-htj2k-lossless-fixed.dcm', 'it has no option for HTJ2K'],
  ['plj-JPEGLossless_1s_1f_i_16_16_bad.dcm', 'it has no option for JPEG Lossless, any selection value'],
  ['hd-seg_image_sm_control_labelmap.dcm', 'it does not know the SOP class'],
  ['pydd-explicit_VR-UN.dcm', 'it finds no SOP class in the file'],
])

/** The Pixel Data element is the manifest's: bulk data of a native one, offset and length of any. */
async function checkPixels(program: TestProgram, sample: Sample, path = instancePath(sample)): Promise<void> {
  // Big endian and deflated pixels go out little endian and inflated: their bytes are compared with the file's alone.
  if (sample.frame_kind !== 'native' || ['1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99'].includes(sample.transfer_syntax_uid)) return
  const tag = sample.pixel.startsWith('FloatPixelData') ? '7FE00008' : sample.pixel.startsWith('DoubleFloat') ? '7FE00009' : '7FE00010'
  const response = await program.request('radiologist', `${path}/bulkdata/${tag}`, {
    headers: { Accept: 'application/octet-stream; transfer-syntax=*' },
  })
  expect(response.status, await peek(response)).toBe(200)
  expect(sha256(new Uint8Array(await response.arrayBuffer())), 'Pixel Data').toBe(sample.pixel_element_sha256)
}
