/**
 * Documents of a version that was retracted or corrected are put aside by a rejection (IHE RAD TF-3 4.66, IOCM): 113037 where nobody shall use them, 113001
 * where the corrected ones have taken their place. They are kept; a rejection note in the study says so to whoever has a copy.
 */
import { appendInstanceChanges, insertRejection, rejectableInstances, rejectedInstances } from '../../../storage/index/delete.ts'
import { transaction } from '../../../storage/index/query.ts'
import { markDocumentsRejected, takeDueRejection } from '../../../storage/index/reading/reports.ts'
import type { ReadingTools } from '../tools.ts'

/** Puts aside what is due, until nothing is. Answers how many versions were. */
export async function rejectDocuments(tools: Pick<ReadingTools, 'index' | 'newUID'>): Promise<number> {
  let rejected = 0
  while (await rejectOne(tools)) rejected += 1
  return rejected
}

const rejectOne = ({ index, newUID }: Pick<ReadingTools, 'index' | 'newUID'>): Promise<boolean> =>
  transaction(index.pool, async (client) => {
    const due = await takeDueRejection(client)
    if (due === undefined) return false
    const wanted = new Set(due.SOPInstanceUIDs)
    const instances = (await rejectableInstances(client, due.studyPk)).filter(({ SOPInstanceUID }) => wanted.has(SOPInstanceUID))
    await markDocumentsRejected(client, due.SOPInstanceUIDs)
    // With the whole study put aside there is nothing left of them to put aside.
    if (instances.length === 0) return true
    const id = await insertRejection(client, {
      studyPk: due.studyPk,
      code: due.code,
      comment: due.reason,
      level: 'instances',
      SeriesInstanceUID: null,
      instances: instances.map(({ pk }) => pk),
      by: due.by,
      note: { SOPInstanceUID: newUID(), SeriesInstanceUID: newUID(), sent: false },
    })
    if (id === undefined) throw new Error('The documents of a report were rejected this moment by somebody else')
    await appendInstanceChanges(client, 'delete', due.studyPk, await rejectedInstances(client, id))
    return true
  })
