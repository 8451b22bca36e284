/** 质量事件: corrections, retractions, peer reviews at 3 or 4, discordant outcomes, and what somebody noted by hand. */
import { Button, Form, Input, Modal, Select, Table } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { noteQualityEvent, useQualityEvents } from '../api/quality.ts'
import { eventKinds, type QualityEvent } from '../api/quality-types.ts'
import { exactTime } from '../clock.ts'
import { named } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { ChooseReport } from './choose-report.tsx'
import { useQualityDeed } from './use-quality-deed.ts'
import { qualityWords } from './words.ts'

export function QualityEvents({ mayNote }: { mayNote: boolean }) {
  const say = useWords(qualityWords)
  const { language } = useLanguage()
  const now = dayjs()
  const events = useQualityEvents(now.subtract(1, 'year').format('YYYY-MM-DD'), now.format('YYYY-MM-DD'))
  const [noting, setNoting] = useState(false)
  return (
    <>
      <div className="quality-bar">
        <span className="space" />
        {mayNote && <Button onClick={() => setNoting(true)}>{say('note')}</Button>}
      </div>
      <Answer query={events}>
        {({ items }) => (
          <Table<QualityEvent>
            rowKey="id"
            size="small"
            dataSource={[...items]}
            pagination={items.length > 50 ? { pageSize: 50 } : false}
            locale={{ emptyText: say('emptyEvents') }}
            columns={[
              { title: say('at'), className: 'number', render: (_, { at }) => exactTime(at) },
              { title: say('kind'), render: (_, { kind }) => <b>{named(qualityWords, `kind-${kind}`, language)}</b> },
              { title: say('source'), render: (_, { source }) => named(qualityWords, `source-${source}`, language) },
              {
                title: say('exam'),
                render: (_, each) => (
                  <>
                    <span className="modality">{each.modality}</span> {each.institution}
                  </>
                ),
              },
              { title: say('what'), render: (_, { text }) => <div className="quality-text">{text}</div> },
              { title: say('by'), render: (_, { by }) => by ?? '' },
            ]}
          />
        )}
      </Answer>
      {noting && <NoteDialog onClose={() => setNoting(false)} />}
    </>
  )
}

function NoteDialog({ onClose }: { onClose: () => void }) {
  const say = useWords(qualityWords)
  const { busy, perform } = useQualityDeed()
  const [report, setReport] = useState<string | null>(null)
  const [title, setTitle] = useState('')
  const [form] = Form.useForm<{ kind: string; text: string }>()
  return (
    <Modal
      open
      title={report === null ? say('chooseReport') : `${say('note')} · ${title}`}
      okText={say('save')}
      cancelText={say('cancel')}
      okButtonProps={{ disabled: report === null }}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
      width={720}
    >
      {report === null && (
        <ChooseReport
          onChoose={(chosen, { patient, StudyDescription }) => {
            setReport(chosen)
            setTitle(`${patient.name} ${StudyDescription}`)
          }}
        />
      )}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        hidden={report === null}
        onFinish={async ({ kind, text }) => {
          if (report !== null && (await perform(() => noteQualityEvent(report, kind, text.trim()), say('noted')))) onClose()
        }}
      >
        <Form.Item name="kind" label={say('kind')} rules={[{ required: true, message: say('needed') }]}>
          <Select options={eventKinds.map((value) => ({ value, label: say(`kind-${value}`) }))} />
        </Form.Item>
        <Form.Item name="text" label={say('what')} rules={[{ required: true, whitespace: true, min: 2, message: say('needed') }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2_000} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
