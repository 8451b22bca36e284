/** How Workitems are answered: JSON, or XML one part each. PS3.18 §11.1.3. What is an address in them is the asker's own way to here. */
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { hex } from '../../../archive/ups/attributes.ts'
import { attribute, datasetFrom, itemsOf, textOf } from '../../../archive/ups/dataset.ts'
import type { SeriesInput } from '../../../archive/ups/inputs.ts'
import type { UPSRow } from '../../../storage/index/ups/workitems.ts'
import { accepted, negotiate, type Offer } from '../accept.ts'
import { newBoundary } from '../multipart-writer.ts'
import { nativeXML } from '../native-xml.ts'
import { resourceURL, serviceURL } from '../urls.ts'
import type { WorklistContext, WorklistTools } from './tools.ts'

export const types: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: 'application/dicom+xml', multipart: true },
]

export const serviceOf = (tools: WorklistTools, ctx: WorklistContext): string => serviceURL(tools, ctx)

/** Before anything is looked up: what cannot be given is not asked for. @throws NotAcceptable */
export const negotiated = (ctx: WorklistContext, offers = types): Offer => negotiate(accepted(ctx), offers)

/** One Workitem may also be had as a single document. */
export const typesOfOne: readonly Offer[] = [...types, { mediaType: 'application/dicom+xml', multipart: false }]

export function answer(ctx: WorklistContext, { mediaType, multipart }: Offer, datasets: readonly DicomJSON[]): void {
  ctx.status = 200
  ctx.set('Cache-Control', 'no-store')
  if (!multipart) {
    ctx.type = mediaType
    ctx.body = mediaType === 'application/dicom+xml' ? datasets.map(nativeXML).join('') : JSON.stringify(datasets)
    return
  }
  const boundary = newBoundary()
  const parts = datasets.map((dataset) => `\r\n--${boundary}\r\nContent-Type: ${mediaType}\r\n\r\n${nativeXML(dataset)}`)
  ctx.set('Content-Type', `multipart/related; type="${mediaType}"; boundary=${boundary}`)
  ctx.body = `${parts.join('')}\r\n--${boundary}--\r\n`
}

/** The images that a reading step is about, and where they and its documents are to be had. */
export function withAddresses(
  tools: WorklistTools,
  ctx: WorklistContext,
  { workitem, StudyInstanceUID }: UPSRow,
  dataset: DicomJSON,
  inputs?: readonly SeriesInput[],
): DicomJSON {
  if (workitem === null || StudyInstanceUID === null) return dataset
  const at = (study: string, series?: string, instance?: string) => resourceURL(tools, ctx, study, series, instance)
  const retrieval = (url: string) => attribute('WADORSRetrievalSequence', datasetFrom([attribute('RetrieveURL', url)]))
  const studyItem = datasetFrom([
    attribute('TypeOfInstances', 'DICOM'),
    attribute('StudyInstanceUID', StudyInstanceUID),
    retrieval(at(StudyInstanceUID)),
  ])
  const items = inputs?.map(({ SeriesInstanceUID, instances }) =>
    datasetFrom([
      attribute('TypeOfInstances', 'DICOM'),
      attribute('StudyInstanceUID', StudyInstanceUID),
      attribute('SeriesInstanceUID', SeriesInstanceUID),
      attribute(
        'ReferencedSOPSequence',
        ...instances.map(([SOPClassUID, SOPInstanceUID]) =>
          datasetFrom([attribute('ReferencedSOPClassUID', SOPClassUID), attribute('ReferencedSOPInstanceUID', SOPInstanceUID)]),
        ),
      ),
      retrieval(at(StudyInstanceUID, SeriesInstanceUID)),
    ]),
  )
  const [done] = itemsOf(dataset, 'UnifiedProcedureStepPerformedProcedureSequence')
  const outputs = done === undefined ? [] : itemsOf(done, 'OutputInformationSequence')
  return datasetFrom([
    ...Object.entries(dataset),
    ...(dataset[hex('InputInformationSequence')] === undefined
      ? []
      : [attribute('InputInformationSequence', ...(items === undefined || items.length === 0 ? [studyItem] : items))]),
    ...(outputs.length === 0
      ? []
      : [
          attribute(
            'UnifiedProcedureStepPerformedProcedureSequence',
            datasetFrom([
              ...Object.entries(done!),
              attribute(
                'OutputInformationSequence',
                ...outputs.map((item) => {
                  const [reference = {}] = itemsOf(item, 'ReferencedSOPSequence')
                  const url = at(StudyInstanceUID, textOf(item, 'SeriesInstanceUID'), textOf(reference, 'ReferencedSOPInstanceUID'))
                  return datasetFrom([...Object.entries(item), retrieval(url)])
                }),
              ),
            ]),
          ),
        ]),
  ])
}
