/** The button that raises a critical value, with its key `!` where one study has the page. */
import { Button } from 'antd'
import { useEffect } from 'react'
import type { BoardStudy, Workitem } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { type RaisedOn, useRaiseCritical } from './raise-dialog.tsx'
import { criticalWords } from './words.ts'

export const raisedOn = ({
  id,
  patient,
  institution,
  modality,
  StudyDescription,
}: Pick<Workitem, 'id' | 'patient' | 'institution' | 'modality' | 'StudyDescription'>): RaisedOn => ({
  workitem: id,
  patient,
  institution: institution.name,
  modality,
  StudyDescription,
})

/** `!`: Shift and 1, wherever the layout has them. */
export const raiseChord = 'Shift+Digit1'

/** On the reading page; `?beside=critical` opens it at once. */
export function RaiseOnWorkitem({
  workitem,
}: {
  readonly workitem: Pick<Workitem, 'id' | 'patient' | 'institution' | 'modality' | 'StudyDescription'>
}) {
  const say = useWords(criticalWords)
  const [address, change] = useAddressQuery()
  const { ask, dialog } = useRaiseCritical()
  const asked = address.get('beside') === 'critical'
  useEffect(() => {
    if (!asked) return
    ask(raisedOn(workitem))
    change({ beside: undefined })
  }, [asked, ask, change, workitem])
  useKeys({ [raiseChord]: () => ask(raisedOn(workitem)) })
  return (
    <>
      <Button size="small" danger title="!" onClick={() => ask(raisedOn(workitem))}>
        ‼ {say('critical')}
      </Button>
      {dialog}
    </>
  )
}

/** On the board: a suspicion of the imaging room, before any doctor has looked. */
export function SuspectOnStudy({ study }: { readonly study: BoardStudy }) {
  const say = useWords(criticalWords)
  const { ask, dialog } = useRaiseCritical()
  if (study.workitem === null) return null
  const { patient, modality, StudyDescription, workitem } = study
  return (
    <>
      <button
        type="button"
        className="rare-deed"
        onClick={() => ask({ workitem: workitem.id, patient, institution: null, modality, StudyDescription })}
      >
        {say('suspect')}
      </button>
      {dialog}
    </>
  )
}
