/** Every correction of a study, newest first: what, who, when, why; each can be taken back, which is a revision of its own. */
import { Button } from 'antd'
import { useState } from 'react'
import type { Correction } from '../api/patient-types.ts'
import { undoCorrection } from '../api/patients.ts'
import { exactTime } from '../clock.ts'
import { attributeName, attributeText } from '../language/attributes.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Ask } from '../shell/ask.tsx'
import { useDeed } from './use-deed.ts'
import { patientWords } from './words.ts'

interface Props {
  readonly name: string
  readonly StudyInstanceUID: string
  readonly corrections: readonly Correction[]
}

export function CorrectionHistory({ name, StudyInstanceUID, corrections }: Props) {
  const say = useWords(patientWords)
  const { language } = useLanguage()
  const { busy, perform } = useDeed()
  const [undoing, setUndoing] = useState<Correction | null>(null)
  const undo = async ({ reason = '' }: { reason?: string }) => {
    if (undoing && (await perform(() => undoCorrection(StudyInstanceUID, undoing.revision, reason), say('undone')))) setUndoing(null)
  }
  return (
    <section>
      <h2>
        {say('history')} <span className="number quiet">{corrections.length}</span>
      </h2>
      {corrections.length === 0 && <p className="quiet">{say('noCorrections')}</p>}
      <ul className="deeds">
        {corrections.map((correction) => (
          <li key={correction.revision} data-revision={correction.revision}>
            <b>{say('revision', { n: correction.revision })}</b>
            <span>
              {Object.entries(correction.attributes).map(([keyword, value]) => (
                <span key={keyword} className="correction-value">
                  <span className="quiet">{attributeName(keyword, language)}</span>{' '}
                  {attributeText(keyword, value, language) || say('emptied')}
                </span>
              ))}
            </span>
            <span>{say('linkLine', { by: correction.by, at: exactTime(correction.at), reason: correction.reason })}</span>
            {correction.undone ? (
              <span className="quiet">{say('undoneBy', { ...correction.undone, at: exactTime(correction.undone.at) })}</span>
            ) : (
              <Button size="small" onClick={() => setUndoing(correction)}>
                {say('undo')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Ask
        open={undoing !== null}
        title={undoing ? say('undoCorrectionAsk', { name, n: undoing.revision }) : ''}
        ok={say('undo')}
        busy={busy}
        fields={[{ name: 'reason', label: say('reason'), required: true }]}
        onOk={undo}
        onCancel={() => setUndoing(null)}
      />
    </section>
  )
}
