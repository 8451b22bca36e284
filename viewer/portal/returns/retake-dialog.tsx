/** The retake, chosen by hand where it was not linked by itself: another accession number, another spelling of the name. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Empty, Modal } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { linkRetake, type RetakeCandidate, type Return, useRetakeCandidates } from '../api/returns.ts'
import { relativeTime } from '../clock.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { returnWords } from './words.ts'

export function RetakeDialog({ card, onClose }: { readonly card: Return; readonly onClose: () => void }) {
  const say = useWords(returnWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const candidates = useRetakeCandidates(card.id)
  const now = useNow(30_000)
  const [busy, setBusy] = useState<string | null>(null)
  const name = card.patient.name || sayShell('noName')

  const link = async ({ StudyInstanceUID }: RetakeCandidate) => {
    setBusy(StudyInstanceUID)
    try {
      await linkRetake(card.id, StudyInstanceUID)
      message.success(say('linked', { name }))
      onClose()
    } catch (error) {
      message.error(sentenceOf(error, language), 8)
    } finally {
      setBusy(null)
      for (const key of ['returns', 'board']) void queries.invalidateQueries({ queryKey: [key] })
    }
  }
  const choose = (candidate: RetakeCandidate) => {
    if (candidate.samePerson) return void link(candidate)
    modal.confirm({
      title: say('linkOtherAsk', { other: candidate.patient.name || sayShell('noName'), name }),
      okText: say('linkAnyway'),
      okButtonProps: { danger: true },
      width: 520,
      onOk: () => link(candidate),
    })
  }
  return (
    <Modal open title={say('linkAsk', { name })} footer={null} width={760} onCancel={onClose}>
      <p className="quiet">
        <span className="modality">{card.modality}</span> {card.StudyDescription} · {sexText(card.patient.sex, language)}{' '}
        {ageText(card.patient.age, language)} <span className="number">{card.patient.PatientID}</span>
      </p>
      <Answer query={candidates}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty description={say('linkNone')} />
          ) : (
            <ul className="retake-candidates">
              {items.map((each) => (
                <li key={each.StudyInstanceUID}>
                  <div>
                    <b>{each.patient.name || sayShell('noName')}</b> {sexText(each.patient.sex, language)}{' '}
                    {ageText(each.patient.age, language)} <span className="number quiet">{each.patient.PatientID}</span>
                    {!each.samePerson && <span className="badge badge-late">⚠ {say('linkOther')}</span>}
                    <div className="quiet">
                      <span className="modality">{each.modality}</span> {each.StudyDescription} · {say('images', { n: each.instances })} ·{' '}
                      {relativeTime(each.receivedAt, now, language)}
                    </div>
                  </div>
                  <Button
                    size="large"
                    {...(each.samePerson ? { type: 'primary' as const } : {})}
                    loading={busy === each.StudyInstanceUID}
                    disabled={busy !== null}
                    onClick={() => choose(each)}
                  >
                    {say('linkThis')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Modal>
  )
}
