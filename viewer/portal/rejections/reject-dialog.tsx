/** Rejecting: whose images in the question, which of them, why, in a code and in words. IHE RAD TF-3 4.66. */
import { Form, Input, Modal, Radio, Select } from 'antd'
import { useId } from 'react'
import type { RejectionCode, RejectionInput } from '../api/rejection-types.ts'
import { useSeries } from '../api/rejections.ts'
import type { Patient } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { say as sayPair } from '../language/words.ts'
import { shellWords } from '../shell/words.ts'
import { rejectionCodeHints, rejectionCodeWords, rejectionWords } from './words.ts'

export interface RejectableStudy {
  readonly StudyInstanceUID: string
  readonly patient: Patient
  readonly modality: string
  readonly StudyDescription: string
  readonly instances: number
}

interface Entered {
  readonly code: RejectionCode
  /** Empty: the whole study. */
  readonly series: string
  readonly comment: string
}

interface Props {
  readonly study: RejectableStudy
  /** Codes that may be chosen. */
  readonly codes: readonly RejectionCode[]
  readonly busy: boolean
  readonly onReject: (input: RejectionInput) => void
  readonly onCancel: () => void
}

export function RejectDialog({ study, codes, busy, onReject, onCancel }: Props) {
  const say = useWords(rejectionWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const id = useId()
  const series = useSeries(study.StudyInstanceUID).data ?? []
  const whole = { value: '', label: say('wholeStudy', { n: study.instances }) }
  const options = series.map(({ SeriesInstanceUID, SeriesNumber, SeriesDescription, instances }) => ({
    value: SeriesInstanceUID,
    label: say('series', { number: SeriesNumber ?? '', description: SeriesDescription, n: instances.length }),
  }))
  return (
    <Modal
      open
      title={say('rejectAsk', { name: study.patient.name || sayShell('noName') })}
      okText={say('reject')}
      okButtonProps={{ danger: true, htmlType: 'submit', form: id }}
      confirmLoading={busy}
      mask={{ closable: false }}
      onCancel={onCancel}
      width={560}
    >
      <p className="quiet">
        {study.modality} {study.StudyDescription}
      </p>
      <p>{say('rejectText')}</p>
      <Form<Entered>
        id={id}
        layout="vertical"
        requiredMark={false}
        initialValues={{ series: '' }}
        onFinish={({ code, series: SeriesInstanceUID, comment }) =>
          onReject({ code, comment, ...(SeriesInstanceUID === '' ? {} : { SeriesInstanceUID }) })
        }
      >
        <Form.Item name="code" label={say('reason')} rules={[{ required: true, message: sayShell('reasonNeeded') }]}>
          <Radio.Group className="rejection-codes">
            {codes.map((code) => (
              <Radio key={code} value={code}>
                {sayPair(rejectionCodeWords[code], language)}
                <small className="quiet">{sayPair(rejectionCodeHints[code], language)}</small>
              </Radio>
            ))}
          </Radio.Group>
        </Form.Item>
        <Form.Item name="series" label={say('what')}>
          <Select options={options.length > 1 ? [whole, ...options] : [whole]} />
        </Form.Item>
        <Form.Item name="comment" label={say('comment')} rules={[{ required: true, whitespace: true, message: sayShell('reasonNeeded') }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} placeholder={say('commentHint')} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
