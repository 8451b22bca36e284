/**
 * Rejection of a study, a series or an instance by a code of CID 7011, at the addresses that dcm4chee made usual:
 * `POST …/reject/113001^DCM`, with `?comment=`. IHE RAD TF-3 4.66. Nothing is deleted by it; see archive/delete.ts.
 */
import { rejectInstances } from '../../archive/delete.ts'
import { BadRequest } from '../../archive/errors.ts'
import { isRejectionCode, rejectionCodes } from '../../archive/rejection-codes.ts'
import { getRejection } from '../../archive/rejections.ts'
import type { Resource } from '../../archive/retrieve.ts'
import { leaveBody } from '../patience.ts'
import { accepted, negotiate } from './accept.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

const longestComment = 1_000

export async function reject(
  { deletion }: Pick<DICOMwebTools, 'deletion'>,
  ctx: DICOMwebContext,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Resource,
  code: string,
): Promise<void> {
  leaveBody(ctx)
  negotiate(accepted(ctx), [{ mediaType: 'application/json', multipart: false }])
  const [value = '', scheme] = code.split('^')
  if (scheme !== 'DCM' || !isRejectionCode(value)) {
    throw new BadRequest(`A rejection is one of ${rejectionCodes.map((known) => `${known}^DCM`).join(', ')}, not "${code.slice(0, 64)}"`)
  }
  const comment = ctx.URL.searchParams.get('comment') ?? ''
  if (comment.length > longestComment) throw new BadRequest(`\`comment\` has at most ${longestComment} characters`)
  const { asker } = ctx.state
  const id = await rejectInstances(deletion, asker, StudyInstanceUID, {
    code: value,
    comment,
    SeriesInstanceUID,
    ...(SOPInstanceUID === undefined ? {} : { SOPInstanceUIDs: [SOPInstanceUID] }),
  })
  const { instances } = await getRejection(deletion, asker, id)
  ctx.body = { count: instances, rejection: String(id) }
}
