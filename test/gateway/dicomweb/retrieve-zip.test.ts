/** ZIP files of studies, series and chosen instances: complete, readable by others, with a DICOMDIR that finds everything in them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import yauzl from 'yauzl'
import { keyObjectSelection } from '../../../archive/key-object-selection.ts'
import { encapsulatedPDF } from '../../../archive/reading/documents/encapsulated-pdf.ts'
import { structuredReport } from '../../../archive/reading/documents/structured-report.ts'
import type { ReportContent } from '../../../archive/reading/reports/report-content.ts'
import { query } from '../../../storage/index/query.ts'
import { ctStudy, type Instance, patients, usStudy } from '../../../test-images/index.ts'
import { sampleReport } from '../../archive/reading/documents/sample-report.ts'
import { describeWithPeers, run } from '../../support/foreign-peers.ts'
import { type Service, startService } from './service.ts'

let service: Service
let folder: string
/** Two CT images of each of two series, their report and a selection, in one study. */
let images: Instance[]
let StudyInstanceUID: string

beforeAll(async () => {
  service = await startService()
  folder = await mkdtemp(join(tmpdir(), 'zip-'))
  images = await fourImages()
  StudyInstanceUID = images[0]!.StudyInstanceUID
  expect((await service.stow(images.map(({ part10 }) => withPreamble(part10)))).status).toBe(200)
  const [patient] = await query<{ PatientName: string; PatientID: string }>(
    service.tools.index.pool,
    'select patient_name as "PatientName", patient_id as "PatientID" from study where study_instance_uid = $1',
    [StudyInstanceUID],
  )
  const report: ReportContent = {
    ...sampleReport,
    patient: { ...sampleReport.patient, ...patient! },
    study: { ...sampleReport.study, StudyInstanceUID },
  }
  const documents = [structuredReport(report), encapsulatedPDF(report, Buffer.from('%PDF-1.4\n')), selection(patient!)]
  expect((await service.stow(documents)).status).toBe(200)
})
afterAll(async () => {
  await service?.close()
  await rm(folder, { recursive: true, force: true })
})

async function fourImages(): Promise<Instance[]> {
  const taken = new Map<string, Instance[]>()
  for await (const image of ctStudy({ seed: 'zip', patient: patients.shan, characterSet: 'GB18030' })) {
    const series = taken.get(image.SeriesInstanceUID) ?? []
    if (taken.size === 2 && series.length === 2) break
    if (series.length < 2) taken.set(image.SeriesInstanceUID, [...series, image])
  }
  return [...taken.values()].flat()
}

const selection = (patient: { PatientName: string; PatientID: string }) =>
  keyObjectSelection({
    study: {
      ...patient,
      IssuerOfPatientID: '',
      PatientBirthDate: '',
      PatientSex: '',
      StudyInstanceUID,
      StudyID: '',
      StudyDate: '20260301',
      StudyTime: '083000',
      AccessionNumber: '',
      ReferringPhysicianName: '',
      StudyDescription: '',
      InstitutionName: '',
    },
    SeriesInstanceUID: '2.25.8',
    SOPInstanceUID: '2.25.9',
    SeriesNumber: 9,
    SeriesDescription: '',
    title: { value: '113000', meaning: 'Of Interest' },
    modifiers: [{ value: '113013', meaning: 'Best In Set' }],
    description: '关键图像',
    observer: '李娜',
    at: new Date(),
    objects: images.map((image) => ({ ...image, isImage: true })),
  })

/** As a hostile sender may write it: a file that is a program too. */
function withPreamble(part10: Buffer): Buffer {
  const bytes = Buffer.from(part10)
  bytes.write('MZ this is a program', 0, 'latin1')
  return bytes
}

interface Zip {
  readonly bytes: Buffer
  readonly files: ReadonlyMap<string, Buffer>
}

async function get(path: string, accept = 'application/zip'): Promise<Zip> {
  const response = await service.get(path, { Accept: accept })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/zip')
  const bytes = Buffer.from(await response.arrayBuffer())
  return { bytes, files: await filesOf(bytes) }
}

const filesOf = (bytes: Buffer): Promise<Map<string, Buffer>> =>
  new Promise((resolve, reject) => {
    const files = new Map<string, Buffer>()
    yauzl.fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error) return reject(error)
      zip.on('error', reject)
      zip.on('end', () => resolve(files))
      zip.on('entry', (entry: yauzl.Entry) => {
        expect(entry.compressionMethod).toBe(0)
        zip.openReadStream(entry, async (failure, stream) => {
          if (failure) return reject(failure)
          const chunks: Buffer[] = []
          for await (const chunk of stream as Readable) chunks.push(chunk as Buffer)
          files.set(entry.fileName, Buffer.concat(chunks))
          zip.readEntry()
        })
      })
      zip.readEntry()
    })
  })

describe('a study', () => {
  test('is every instance with its own bytes but a preamble of zeros, by names that every medium takes, DICOMDIR last', async () => {
    const { files } = await get(`/studies/${StudyInstanceUID}`)
    expect([...files.keys()].at(-1)).toBe('DICOMDIR')
    expect(files.size).toBe(8)
    for (const name of files.keys()) {
      expect(name.split('/').length).toBeLessThanOrEqual(8)
      for (const component of name.split('/')) expect(component).toMatch(/^[A-Z0-9_]{1,8}$/)
    }
    const found = images.map(({ part10 }) => [...files.values()].filter((bytes) => bytes.subarray(128).equals(part10.subarray(128))))
    expect(found.map((list) => list.length)).toEqual([1, 1, 1, 1])
    for (const bytes of files.values()) expect(bytes.subarray(0, 128).equals(Buffer.alloc(128))).toBe(true)
  })

  test('the DICOMDIR names every file, in the order patient, study, series, instance', async () => {
    const { files } = await get(`/studies/${StudyInstanceUID}`)
    const records = recordsOf(files.get('DICOMDIR')!)
    const types = records.map(({ depth, type }) => `${depth} ${type}`)
    expect(types.slice(0, 3)).toEqual(['0 PATIENT', '1 STUDY', '2 SERIES'])
    expect(types.slice(2).sort()).toEqual([
      ...Array(5).fill('2 SERIES'),
      '3 ENCAP DOC',
      ...Array(4).fill('3 IMAGE'),
      '3 KEY OBJECT DOC',
      '3 SR DOCUMENT',
    ])
    const named = records.flatMap(({ file }) => (file === undefined ? [] : [file.replaceAll('\\', '/')]))
    expect(named.sort()).toEqual([...files.keys()].filter((name) => name !== 'DICOMDIR').sort())
  })

  test('is in the audit as an export', async () => {
    const before = await audited()
    await get(`/studies/${StudyInstanceUID}`)
    await get(`/studies/${StudyInstanceUID}/series/${images[0]!.SeriesInstanceUID}`)
    expect((await audited()).slice(before.length)).toEqual([{ instances: 7 }, { instances: 2 }])
  })
})

const audited = async () =>
  (await query<{ detail: object }>(service.tools.index.pool, `select detail from audit_event where action = 'export' order by id`)).map(
    ({ detail }) => detail,
  )

describe('what is chosen', () => {
  test('a series, an instance, instances by their UIDs', async () => {
    const [first, , third] = images as [Instance, Instance, Instance]
    const series = `/studies/${StudyInstanceUID}/series/${first.SeriesInstanceUID}`
    expect((await get(series)).files.size).toBe(3)
    expect((await get(`${series}/instances/${first.SOPInstanceUID}`)).files.size).toBe(2)
    const list = [first, third].map(({ SOPInstanceUID }) => SOPInstanceUID).join(',')
    expect((await get(`/studies/${StudyInstanceUID}?SOPInstanceUID=${list}`)).files.size).toBe(3)
    expect(
      (await get(`/studies/${StudyInstanceUID}?accept=application/zip&SeriesInstanceUID=${first.SeriesInstanceUID}`, '*/*')).files.size,
    ).toBe(3)
    expect((await service.get(`/studies/${StudyInstanceUID}?SOPInstanceUID=nothing`, { Accept: 'application/zip' })).status).toBe(400)
    expect((await service.get(`/studies/${StudyInstanceUID}?SOPInstanceUID=1.2`, { Accept: 'application/zip' })).status).toBe(404)
    expect((await service.get('/studies/1.2.3', { Accept: 'application/zip' })).status).toBe(404)
  })

  test('only who names it is given a ZIP file; another transfer syntax than the two is 406', async () => {
    for (const accept of ['*/*', '', 'multipart/related; type="application/dicom", application/zip;q=0.1']) {
      expect((await service.get(`/studies/${StudyInstanceUID}`, { Accept: accept })).headers.get('content-type')).toMatch(/^multipart/)
    }
    const named = 'application/zip; transfer-syntax=1.2.840.10008.1.2.4.50'
    expect((await service.get(`/studies/${StudyInstanceUID}`, { Accept: named })).status).toBe(406)
    const head = await fetch(`${service.url}/dicomweb/studies/${StudyInstanceUID}`, {
      method: 'HEAD',
      headers: { Accept: 'application/zip' },
    })
    expect([head.status, head.headers.get('content-disposition')]).toEqual([200, `attachment; filename="${StudyInstanceUID}.zip"`])
  })

  test('explicit VR little endian unless it is to be as stored', async () => {
    const compressed: Instance[] = []
    for await (const image of usStudy({ seed: 'zip-jpeg', transferSyntax: 'jpegBaseline' })) compressed.push(image)
    expect((await service.stow(compressed.map(({ part10 }) => part10))).status).toBe(200)
    const path = `/studies/${compressed[0]!.StudyInstanceUID}`
    const syntaxes = async (accept: string) => {
      const { files } = await get(path, accept)
      const inFiles = [...files].filter(([name]) => name !== 'DICOMDIR').map(([, bytes]) => syntaxOf(bytes))
      const inDirectory = recordsOf(files.get('DICOMDIR')!).flatMap(({ TransferSyntaxUID }) => TransferSyntaxUID ?? [])
      expect(inDirectory).toEqual(inFiles)
      return [...new Set(inFiles)]
    }
    expect(await syntaxes('application/zip; transfer-syntax=*')).toEqual(['1.2.840.10008.1.2.4.50'])
    expect(await syntaxes('application/zip')).toEqual(['1.2.840.10008.1.2.1'])
  })
})

test('whoever leaves in the middle leaves nothing open', async () => {
  const open = new Set<Readable>()
  const counted = await startService(({ objects }) => ({
    objects: {
      put: (...put) => objects.put(...put),
      get: async (key) => {
        const stream = await objects.get(key)
        open.add(stream)
        stream.once('close', () => open.delete(stream))
        return stream
      },
      getRange: (...range) => objects.getRange(...range),
      stat: (key) => objects.stat(key),
      remove: (key) => objects.remove(key),
      list: (prefix) => objects.list(prefix),
      check: () => objects.check(),
      close: () => objects.close(),
    },
  }))
  try {
    expect((await counted.stow(images.map(({ part10 }) => part10))).status).toBe(200)
    for (let turn = 0; turn < 5; turn += 1) {
      const leaving = new AbortController()
      const response = await fetch(`${counted.url}/dicomweb/studies/${StudyInstanceUID}`, {
        headers: { Accept: 'application/zip' },
        signal: leaving.signal,
      })
      await response.body!.getReader().read()
      leaving.abort()
    }
    await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0)
  } finally {
    await counted.close()
  }
})

test('a broken object breaks the answer off; one that is missing at the start is a status', async () => {
  const [instance] = await query<{ key: string }>(
    service.tools.index.pool,
    `select i.object_key as key from instance i where i.sop_instance_uid = $1`,
    [images[3]!.SOPInstanceUID],
  )
  const bytes: Buffer[] = []
  for await (const chunk of await service.objects.get(instance!.key)) bytes.push(chunk as Buffer)
  await service.objects.remove(instance!.key)
  const series = `/studies/${StudyInstanceUID}/series/${images[3]!.SeriesInstanceUID}`
  const broken = await service.get(series, { Accept: 'application/zip' })
  await expect(broken.arrayBuffer()).rejects.toThrow()
  const missing = await service.get(`${series}/instances/${images[3]!.SOPInstanceUID}`, { Accept: 'application/zip' })
  expect(missing.status).toBeGreaterThanOrEqual(400)
  expect(missing.headers.get('content-disposition')).toBeNull()
  await service.objects.put(
    instance!.key,
    (async function* () {
      yield Buffer.concat(bytes)
    })(),
  )
})

describeWithPeers('foreign readers', ['unzip', 'dcmdump', 'dciodvfy', 'dcmmkdir'], () => {
  async function unpacked(name: string, path = `/studies/${StudyInstanceUID}`): Promise<string> {
    const { bytes, files } = await get(path)
    const root = join(folder, name)
    await mkdir(root, { recursive: true })
    await writeFile(`${root}.zip`, bytes)
    for (const [file, content] of files) {
      await mkdir(dirname(join(root, file)), { recursive: true })
      await writeFile(join(root, file), content)
    }
    return root
  }

  test('unzip finds no error', async () => {
    const root = await unpacked('unzip')
    const { code, output } = await run('unzip', ['-t', `${root}.zip`])
    expect(output).toContain('No errors detected')
    expect(code).toBe(0)
  })

  test('dciodvfy finds no error in the DICOMDIR', async () => {
    const root = await unpacked('dciodvfy')
    const { output } = await run('dciodvfy', [join(root, 'DICOMDIR')])
    expect(output).toContain('BasicDirectory')
    expect(output).not.toMatch(/^Error/m)
  })

  test('DCMTK reads it, names in Chinese, and makes the same records of the same files', async () => {
    const root = await unpacked('dcmtk')
    const dump = async (path: string) => Buffer.from((await run('dcmdump', ['-q', path])).output, 'latin1').toString('utf8')
    const ours = await dump(join(root, 'DICOMDIR'))
    expect(ours).toMatch(/PN \[.*=单\^/)
    const theirs = join(folder, 'theirs')
    const { code, output } = await run('dcmmkdir', ['-v', '+r', '+I', '+id', root, '+D', theirs, 'DICOM'])
    expect({ code, output }).toMatchObject({ code: 0 })
    const uids = (text: string, tag: string) =>
      [...text.matchAll(new RegExp(`^\\s*\\(${tag}\\) \\w\\w \\[([^\\]]*)\\]`, 'gm'))].map((match) => match[1]).sort()
    const expected = await dump(theirs)
    // File, type of record, and the UIDs of study, series and instance.
    for (const tag of ['0004,1500', '0004,1430', '0004,1511', '0020,000d', '0020,000e']) {
      expect(uids(ours, tag), tag).toEqual(uids(expected, tag))
    }
  })
})

/** (0002,0010) of a Part 10 file. */
function syntaxOf(bytes: Buffer): string {
  const at = bytes.indexOf(Buffer.from([0x02, 0x00, 0x10, 0x00, 0x55, 0x49]))
  return text(bytes, at)
}

const text = (bytes: Buffer, at: number): string =>
  bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt16LE(at + 6)).replace(/[\0 ]+$/, '')

interface DirectoryRecord {
  readonly depth: number
  readonly type: string
  readonly file: string | undefined
  readonly TransferSyntaxUID: string | undefined
}

/** The records of a DICOMDIR as its offsets lead to them: PS3.3 F.3.2.2. */
function recordsOf(bytes: Buffer): DirectoryRecord[] {
  const first = bytes.readUInt32LE(bytes.indexOf(Buffer.from([0x04, 0x00, 0x00, 0x12, 0x55, 0x4c, 0x04, 0x00])) + 8)
  const entity = (start: number, depth: number): DirectoryRecord[] => {
    const found: DirectoryRecord[] = []
    for (let at = start; at !== 0; ) {
      expect(bytes.subarray(at, at + 4).toString('hex')).toBe('feff00e0')
      const end = at + 8 + bytes.readUInt32LE(at + 4)
      const values = new Map<number, number>()
      for (let element = at + 8; element < end; ) {
        const isLong = ['SQ', 'UT', 'OB'].includes(bytes.toString('latin1', element + 4, element + 6))
        values.set(bytes.readUInt16LE(element) * 65_536 + bytes.readUInt16LE(element + 2), element)
        element += isLong ? 12 + bytes.readUInt32LE(element + 8) : 8 + bytes.readUInt16LE(element + 6)
      }
      const value = (tag: number) => (values.has(tag) ? text(bytes, values.get(tag)!) : undefined)
      found.push({ depth, type: value(0x00041430)!, file: value(0x00041500), TransferSyntaxUID: value(0x00041512) })
      found.push(...entity(bytes.readUInt32LE(values.get(0x00041420)! + 8), depth + 1))
      at = bytes.readUInt32LE(values.get(0x00041400)! + 8)
    }
    return found
  }
  return entity(first, 0)
}
