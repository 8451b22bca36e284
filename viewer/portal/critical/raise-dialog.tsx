/** Raising a critical value from the list, the reading page and the board: a finding of the list or a text, and it is on its way. */
import { Alert, App, Checkbox, Input, Modal, Radio } from 'antd'
import { type ReactNode, useState } from 'react'
import { useFindings, useRaise } from '../api/criticals.ts'
import { sentenceOf } from '../api/http.ts'
import type { Patient } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import './critical.css'
import { criticalWords } from './words.ts'

/** What it is raised on: a task of the list, or a study of the board. */
export interface RaisedOn {
  readonly workitem: string
  readonly patient: Patient
  /** Null: the asker's own, whose imaging room can only suspect. */
  readonly institution: string | null
  readonly modality: string
  readonly StudyDescription: string
  /** The imaging room's is a suspicion, whatever it says. */
  readonly suspectedOnly?: boolean
}

const other = 'other'

export function useRaiseCritical(): { readonly ask: (on: RaisedOn) => void; readonly dialog: ReactNode } {
  const [on, setOn] = useState<RaisedOn | null>(null)
  return { ask: setOn, dialog: on === null ? null : <RaiseDialog key={on.workitem} on={on} onClose={() => setOn(null)} /> }
}

function RaiseDialog({ on, onClose }: { readonly on: RaisedOn; readonly onClose: () => void }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const findings = useFindings()
  const raise = useRaise()
  const [finding, setFinding] = useState<string | null>(null)
  const [text, setText] = useState('')
  const [suspected, setSuspected] = useState(false)
  const ready = finding !== null && (finding !== other || text.trim().length >= 2)
  const send = async () => {
    if (!ready || raise.isPending) return
    try {
      const critical = await raise.mutateAsync({
        workitem: on.workitem,
        finding: finding === other ? null : finding,
        text,
        suspected: suspected || on.institution === null,
      })
      message.success(say('raised', { name: critical.patient.name, site: critical.institution.name }), 6)
      onClose()
    } catch {
      // Said in the dialog; what was typed stays.
    }
  }
  return (
    <Modal
      open
      title={
        <span className="critical-title">
          <span aria-hidden="true">‼ </span>
          {say('raise')}
        </span>
      }
      width={720}
      okText={say('raiseNow')}
      okButtonProps={{ danger: true, disabled: !ready }}
      confirmLoading={raise.isPending}
      onOk={() => void send()}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <div className="raise-critical">
        <PatientBanner patient={on.patient} {...(on.institution === null ? {} : { institution: on.institution })}>
          <span>
            <span className="modality">{on.modality}</span> {on.StudyDescription}
          </span>
        </PatientBanner>
        <Answer query={findings}>
          {({ items, approved }) => (
            <>
              <Radio.Group
                className="raise-findings"
                value={finding}
                onChange={({ target }) => setFinding(String(target.value))}
                aria-label={say('finding')}
              >
                {items.map(({ code, zh, en }, index) => (
                  <Radio key={code} value={code} autoFocus={index === 0}>
                    {language === 'zh' ? zh : en}
                  </Radio>
                ))}
                <Radio value={other}>{say('other')}</Radio>
              </Radio.Group>
              {approved === null && <p className="quiet">{say('notApproved')}</p>}
            </>
          )}
        </Answer>
        <Input.TextArea
          value={text}
          autoSize={{ minRows: 2, maxRows: 6 }}
          maxLength={2000}
          placeholder={say('textHint')}
          aria-label={say('text')}
          onPressEnter={(event) => {
            if (event.ctrlKey && !event.nativeEvent.isComposing) void send()
          }}
          onChange={({ target }) => setText(target.value)}
        />
        {on.institution !== null && (
          <Checkbox checked={suspected} onChange={({ target }) => setSuspected(target.checked)}>
            {say('markSuspected')}
          </Checkbox>
        )}
        <p className="quiet">{on.institution === null ? say('suspectText') : say('raiseText', { site: on.institution })}</p>
        {raise.error !== null && <Alert type="error" showIcon title={sentenceOf(raise.error, language)} />}
      </div>
    </Modal>
  )
}
