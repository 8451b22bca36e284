/** What stands in the way of submitting or signing: put right, or answered one by one with a reason. */
import { Button, Input, Modal } from 'antd'
import { useState } from 'react'
import type { Finding, Override } from '../api/editor.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { editorWords } from './editor-words.ts'

interface Props {
  readonly findings: readonly Finding[]
  readonly verb: 'submit' | 'sign'
  readonly name: string
  readonly busy: boolean
  onGoOn(overrides: readonly Override[]): void
  onGoBack(finding?: Finding): void
}

/** As the server reckons it: an error is answered by whoever goes on, a warning by anybody before the signature. */
export const standsInTheWay = ({ severity, overridable, justified }: Finding, verb: 'submit' | 'sign'): boolean =>
  !overridable || (severity === 'error' ? justified?.mine !== true : verb === 'sign' && justified === null)

const presets = ['preset_checked', 'preset_told', 'preset_outside'] as const

export function ChecksDialog({ findings, verb, name, busy, onGoOn, onGoBack }: Props) {
  const say = useWords(editorWords)
  const { language } = useLanguage()
  const [reasons, setReasons] = useState<Readonly<Record<string, string>>>({})
  const inTheWay = findings.filter((finding) => standsInTheWay(finding, verb))
  const stuck = inTheWay.some(({ overridable }) => !overridable)
  const answered = inTheWay.every(({ key }) => (reasons[key] ?? '').trim().length >= 2)
  return (
    <Modal
      open
      width={640}
      title={say('checksTitle', { name })}
      onCancel={() => onGoBack()}
      footer={[
        <Button key="back" type={stuck ? 'primary' : 'default'} onClick={() => onGoBack(inTheWay[0])}>
          {say('goBack')}
        </Button>,
        ...(stuck
          ? []
          : [
              <Button
                key="on"
                type="primary"
                danger
                loading={busy}
                disabled={!answered}
                onClick={() => onGoOn(inTheWay.map(({ rule, key }) => ({ rule, key, reason: (reasons[key] ?? '').trim() })))}
              >
                {say('goOn')}
              </Button>,
            ]),
      ]}
    >
      <p>{say('checksText')}</p>
      <ul className="checks-list">
        {inTheWay.map((finding) => (
          <li key={finding.key} className={`finding finding-${finding.severity}`} data-rule={finding.rule}>
            <b>
              <span aria-hidden="true">{finding.severity === 'error' ? '✕' : '!'}</span> {finding[language]}
            </b>
            <p className="quiet">{finding.explanation[language]}</p>
            {finding.justified && (
              <p className="quiet">✓ {say('justified', { name: finding.justified.by, reason: finding.justified.reason })}</p>
            )}
            {finding.overridable ? (
              <>
                <Input.TextArea
                  autoSize={{ minRows: 1, maxRows: 3 }}
                  maxLength={500}
                  aria-label={`${say('reasonFor')}：${finding[language]}`}
                  placeholder={say('reasonNeeded')}
                  value={reasons[finding.key] ?? ''}
                  onChange={({ target }) => setReasons({ ...reasons, [finding.key]: target.value })}
                />
                <div className="presets">
                  {presets.map((preset) => (
                    <Button key={preset} size="small" type="link" onClick={() => setReasons({ ...reasons, [finding.key]: say(preset) })}>
                      {say(preset)}
                    </Button>
                  ))}
                </div>
              </>
            ) : (
              <p>{say('mustMend')}</p>
            )}
          </li>
        ))}
      </ul>
    </Modal>
  )
}
