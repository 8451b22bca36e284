/** The least DICOMweb that OHIF needs, over instances held in memory: what it asks for is told to the test. */
import dcmjs from 'dcmjs'
import type { Middleware } from 'koa'
import type { Instance } from '../../test-images/index.ts'

dcmjs.log.setLevel('silent')

type DicomJSON = Record<string, { vr: string; Value?: unknown[] }>

interface Held {
  readonly instance: Instance
  readonly json: DicomJSON
  readonly frames: readonly Buffer[]
}

export interface SmallDICOMweb {
  readonly middleware: Middleware
  /** Path and query of every request, in order. */
  readonly asked: readonly string[]
}

function read(instance: Instance): Held {
  const { dict } = dcmjs.data.DicomMessage.readFile(Uint8Array.from(instance.part10).buffer)
  const { '7FE00010': pixels, ...json } = dict as DicomJSON
  return { instance, json, frames: (pixels?.Value ?? []).map((frame) => Buffer.from(frame as ArrayBuffer)) }
}

const first = (json: DicomJSON, tag: string): string => {
  const value = json[tag]?.Value?.[0]
  return typeof value === 'object' ? String((value as { Alphabetic?: string }).Alphabetic) : String(value ?? '')
}

/** Native pixel data: its frames are cut here; every test instance has one. */
export function smallDICOMweb(instances: readonly Instance[]): SmallDICOMweb {
  const held = instances.map(read)
  const asked: string[] = []
  const patientOf = (StudyInstanceUID: string) =>
    first(held.find(({ instance }) => instance.StudyInstanceUID === StudyInstanceUID)!.json, '00100020')
  const oneOf = (key: 'StudyInstanceUID' | 'SeriesInstanceUID', among: readonly Held[]) => [
    ...new Map(among.map((each) => [each.instance[key], each])).values(),
  ]
  const count = (tag: string, number: number): DicomJSON => ({ [tag]: { vr: 'IS', Value: [number] } })

  const middleware: Middleware = async (ctx, next) => {
    const match = /^\/dicomweb\/around\/([0-9.]+)\/(studies.*)$/.exec(ctx.path)
    if (!ctx.path.startsWith('/dicomweb/')) return next()
    asked.push(ctx.url)
    if (match === null) return
    const [, around, rest] = match
    const visible = held.filter(({ json }) => first(json, '00100020') === patientOf(around!))
    const [, study, , series, , sop, what] =
      /^studies(?:\/([0-9.]+))?(\/series)?(?:\/([0-9.]+))?(\/instances)?(?:\/([0-9.]+))?(?:\/(.+))?$/.exec(rest!) ?? []
    const metadata = rest!.endsWith('/metadata')
    const wanted = visible.filter(
      ({ instance: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } }) =>
        (study === undefined || study === StudyInstanceUID) &&
        (series === undefined || series === SeriesInstanceUID) &&
        (sop === undefined || sop === SOPInstanceUID),
    )
    if (what?.startsWith('frames/')) {
      const [{ instance, frames }] = wanted as [Held]
      const boundary = 'boundary'
      const head = `--${boundary}\r\nContent-Type: application/octet-stream; transfer-syntax=${instance.TransferSyntaxUID}\r\n\r\n`
      ctx.set('Content-Type', `multipart/related; type="application/octet-stream"; boundary=${boundary}`)
      ctx.body = Buffer.concat([Buffer.from(head), frames[0]!, Buffer.from(`\r\n--${boundary}--\r\n`)])
      return
    }
    if (what === 'thumbnail' || rest!.endsWith('/thumbnail')) return
    ctx.type = 'application/dicom+json'
    if (metadata) ctx.body = JSON.stringify(wanted.map(({ json }) => json))
    else if (rest!.endsWith('/series'))
      ctx.body = JSON.stringify(
        oneOf('SeriesInstanceUID', wanted).map(({ instance, json }) => ({
          ...json,
          ...count('00201209', wanted.filter((each) => each.instance.SeriesInstanceUID === instance.SeriesInstanceUID).length),
        })),
      )
    else {
      const asks = ctx.query
      const uid = asks.StudyInstanceUID ?? asks['0020000D']
      const patient = asks.PatientID ?? asks['00100020']
      const found = oneOf('StudyInstanceUID', wanted).filter(
        ({ instance, json }) =>
          (uid === undefined || instance.StudyInstanceUID === uid) &&
          (patient === undefined || first(json, '00100020') === String(patient).replaceAll('*', '')),
      )
      ctx.body = JSON.stringify(
        found.map(({ instance, json }) => {
          const own = wanted.filter((each) => each.instance.StudyInstanceUID === instance.StudyInstanceUID)
          return {
            ...json,
            '00080061': { vr: 'CS', Value: [first(json, '00080060')] },
            ...count('00201206', oneOf('SeriesInstanceUID', own).length),
            ...count('00201208', own.length),
          }
        }),
      )
    }
  }
  return { middleware, asked }
}
