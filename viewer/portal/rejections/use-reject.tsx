/** The dialog that rejects images of one study, for whichever page has the study. */
import { type ReactNode, useState } from 'react'
import type { RejectionCode } from '../api/rejection-types.ts'
import { rejectStudy } from '../api/rejections.ts'
import { useWords } from '../language/language.tsx'
import { useDeed } from '../patients/use-deed.ts'
import { shellWords } from '../shell/words.ts'
import { type RejectableStudy, RejectDialog } from './reject-dialog.tsx'
import { rejectionWords } from './words.ts'

export const usualCodes: readonly RejectionCode[] = ['113001', '113037', '113038']

export function useReject(codes: readonly RejectionCode[] = usualCodes): { ask: (study: RejectableStudy) => void; dialog: ReactNode } {
  const say = useWords(rejectionWords)
  const sayShell = useWords(shellWords)
  const [study, setStudy] = useState<RejectableStudy | null>(null)
  const { busy, perform } = useDeed()
  const dialog = study && (
    <RejectDialog
      study={study}
      codes={codes}
      busy={busy}
      onReject={async (input) => {
        const name = study.patient.name || sayShell('noName')
        if (await perform(() => rejectStudy(study.StudyInstanceUID, input), say('rejectedDone', { name }))) setStudy(null)
      }}
      onCancel={() => setStudy(null)}
    />
  )
  return { ask: setStudy, dialog }
}
