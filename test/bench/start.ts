/** From the start of the process to its first answer that it is ready, on the archive that the run has filled: ours with its PostgreSQL, which was stopped too. */
import { join } from 'node:path'
import { startArchive } from './archive.ts'
import type { Part } from './bench-run.ts'
import { startOrthanc } from './orthanc.ts'
import { atMost, time } from './table.ts'

/** The last part: it stops what the others need. */
export const measureStart: Part = async ({ folder, database, peers, runs, resources }) => {
  const [ours, orthanc] = peers
  if (orthanc !== undefined) await resources.close(orthanc)
  const theirs: number[] = []
  for (let run = 0; orthanc !== undefined && run < runs; run++) {
    const again = resources.add(await startOrthanc(folder, database, 'orthanc', false))
    theirs.push(again.secondsToReady)
    await resources.close(again)
  }
  await resources.close(ours!)
  await resources.close(database)
  const pairs = []
  for (let run = 0; run < runs; run++) {
    const again = resources.add(await startArchive({ folder: join(folder, 'archive') }))
    pairs.push({ ours: again.secondsToReady, peer: theirs[run] })
    await resources.close(again)
  }
  return [{ what: 'Start to ready, archive filled', unit: time, pairs, budget: atMost(2) }]
}
