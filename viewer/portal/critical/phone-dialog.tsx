/** Nobody answered: the telephone list on the reader's screen, and the record of each call. reading.md §10. */
import { Alert, App, Button, Input, Modal } from 'antd'
import { useState } from 'react'
import type { Contact, Critical } from '../api/critical-types.ts'
import { useCritical, useCriticalDeed } from '../api/criticals.ts'
import { sentenceOf } from '../api/http.ts'
import { exactTime } from '../clock.ts'
import { placeText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import './critical.css'
import { criticalWords } from './words.ts'

const steps = ['step0', 'step1', 'step2', 'step3'] as const
export const stepOf = (level: number): (typeof steps)[number] => steps[level] ?? 'step3'

export function PhoneDialog({ critical, onClose }: { readonly critical: Critical; readonly onClose: () => void }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const query = useCritical(critical.id)
  const deed = useCriticalDeed()
  const [name, setName] = useState('')
  const [phone, setPhone] = useState('')
  const [readBack, setReadBack] = useState('')
  const [text, setText] = useState('')
  const { finding } = critical
  const place = placeText(critical, language)
  const record = async (reached: boolean) => {
    try {
      await deed.mutateAsync({ id: critical.id, verb: 'call', body: { name, phone, readBack: reached ? readBack : '', text } })
      if (reached) onClose()
      else {
        message.info(say('unreached'))
        setName('')
        setPhone('')
        setText('')
      }
    } catch {
      // Said below; what was typed stays.
    }
  }
  const choose = (contact: Contact) => {
    setName(contact.duty ? `${contact.name}（${contact.duty}）` : contact.name)
    setPhone(contact.phone)
  }
  const calls = (query.data ?? critical).notices.filter(({ channel }) => channel === 'phone')
  return (
    <Modal
      open
      title={say('phoneTitle', { name: critical.patient.name })}
      width={760}
      footer={null}
      onCancel={onClose}
      mask={{ closable: false }}
    >
      <div className="phone-dialog">
        <PatientBanner patient={critical.patient} institution={critical.institution.name}>
          {place && <b>{place}</b>}
        </PatientBanner>
        <p className="phone-finding">
          {critical.suspected && `${say('suspected')} `}
          {finding ? (language === 'zh' ? finding.zh : finding.en) : ''} {critical.text}
        </p>
        <h3>{say('phoneList')}</h3>
        <Answer query={query}>
          {({ contacts }) =>
            contacts.length === 0 ? (
              <p className="quiet">{say('phoneNone')}</p>
            ) : (
              <ul className="phone-list">
                {contacts.map((contact, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a list that is only read, two lines may be the same
                  <li key={index}>
                    <button type="button" aria-pressed={phone === contact.phone} onClick={() => choose(contact)}>
                      <span className="quiet">{say(stepOf(contact.level))}</span>
                      <span>
                        {contact.name} <small className="quiet">{contact.duty}</small>
                      </span>
                      <b className="number">{contact.phone}</b>
                    </button>
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
        <div className="phone-fields">
          <label htmlFor="callee">
            {say('callee')}
            <Input id="callee" value={name} maxLength={64} onChange={({ target }) => setName(target.value)} />
          </label>
          <label htmlFor="number">
            {say('number')}
            <Input id="number" value={phone} maxLength={32} onChange={({ target }) => setPhone(target.value)} />
          </label>
          <label className="wide" htmlFor="callee-read-back">
            {say('calleeReadBack')}
            <Input
              id="callee-read-back"
              value={readBack}
              maxLength={500}
              placeholder={say('readBackHint', { name: critical.patient.name, finding: finding?.zh ?? critical.text.slice(0, 20) })}
              onChange={({ target }) => setReadBack(target.value)}
            />
          </label>
          <label className="wide" htmlFor="remark">
            {say('remark')}
            <Input id="remark" value={text} maxLength={500} onChange={({ target }) => setText(target.value)} />
          </label>
        </div>
        {deed.error !== null && <Alert type="error" showIcon title={sentenceOf(deed.error, language)} />}
        <div className="phone-verbs">
          <Button disabled={name.trim() === '' || deed.isPending} onClick={() => void record(false)}>
            {say('unreached')}
          </Button>
          <Button
            type="primary"
            disabled={name.trim() === '' || readBack.trim() === ''}
            loading={deed.isPending}
            onClick={() => void record(true)}
          >
            {say('reached')}
          </Button>
        </div>
        {calls.length > 0 && (
          <>
            <h3>{say('calls')}</h3>
            <ul className="calls">
              {calls.map((call, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: calls are only added
                <li key={index}>
                  <span className="number">{exactTime(call.at)}</span>{' '}
                  {say('callBy', { name: call.by ?? '', to: `${call.recipients[0]?.name ?? ''} ${call.recipients[0]?.phone ?? ''}` })}
                  {` · ${call.answer ?? say('neverAnswered')}`}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Modal>
  )
}
