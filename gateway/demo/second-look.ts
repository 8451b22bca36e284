/** What the chief and the quality office of the demonstration county have done: a roster, a second look at signed reports, an outcome from pathology. */
import { addDays, today } from '../../archive/statistics/period.ts'
import type { Session } from './web.ts'

interface Cast {
  readonly chief: Session
  readonly coordinator: Session
  readonly quality: Session
  readonly author: Session
  readonly ward: Session
}

interface Reported {
  readonly StudyInstanceUID: string
  readonly state: string
  readonly reportId: string | null
  readonly author: { readonly username: string } | null
}

/** Left as it is when it was done before. `names`: usernames of those on duty by shift. */
export async function takeSecondLook(
  cast: Cast,
  now: Date,
  duty: Readonly<Record<'day' | 'evening' | 'night', readonly string[]>>,
): Promise<void> {
  const day = today(now)
  for (const place of [0, 1, 2]) {
    for (const shift of ['day', 'evening', 'night'] as const) {
      await cast.coordinator.send('PUT', '/api/roster', { day: addDays(day, place), shift, usernames: duty[shift] })
    }
  }
  const { items: reviews } = await cast.quality.get<{ items: readonly object[] }>('/api/peer-reviews?state=all')
  if (reviews.length > 0) return
  const { items } = await cast.chief.get<{ items: readonly Reported[] }>('/api/workitems?view=final&limit=100')
  const [first, second, third] = items.flatMap(({ reportId }) => reportId ?? [])
  if (first !== undefined) await cast.quality.send('POST', '/api/peer-reviews', { report: Number(first), blind: true })
  if (second !== undefined) {
    const { id } = await cast.quality.send<{ id: string }>('POST', '/api/peer-reviews', { report: Number(second), blind: true })
    await cast.quality.send('POST', `/api/peer-reviews/${id}/score`, { score: 1, category: 'agreed', comment: '' })
  }
  if (third !== undefined) {
    const { id } = await cast.quality.send<{ id: string }>('POST', '/api/peer-reviews', { report: Number(third), blind: false })
    const comment = '结节位置应写明肺段,并与前片比较大小。'
    const { verbs } = await cast.quality.send<{ verbs: readonly string[] }>('POST', `/api/peer-reviews/${id}/score`, {
      score: 2,
      category: 'description',
      comment,
    })
    if (verbs.length === 0) await disagree(cast.author, id)
  }
  const { items: seen } = await cast.ward.get<{ items: readonly { readonly report: { readonly id: string } | null }[] }>(
    '/api/ward/studies?limit=100',
  )
  const [report] = seen.flatMap((study) => study.report?.id ?? [])
  if (report !== undefined) {
    await cast.ward.send('POST', `/api/reports/${report}/follow-up`, {
      source: 're-exam',
      concordance: 'concordant',
      outcome: '胸部CT复查,右上肺结节同前,与报告一致。',
    })
  }
}

/** Where the report is the author's own; a colleague's stays without an answer. */
async function disagree(author: Session, id: string): Promise<void> {
  const { items } = await author.get<{ items: readonly { readonly id: string }[] }>('/api/peer-reviews?state=all&mine=true')
  if (!items.some((item) => item.id === id)) return
  await author.send('POST', `/api/peer-reviews/${id}/answer`, { agreed: false, text: '所见中已写明上叶,肺段受层厚所限。' })
}
