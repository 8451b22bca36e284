/** 随访: what surgery, pathology or a later examination said of a reading. */
import { Button, DatePicker, Form, Input, Modal, Popconfirm, Radio, Select, Table } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { recordFollowUp, useFollowUps, withdrawFollowUp } from '../api/quality.ts'
import {
  type Concordance,
  concordances,
  type FollowUp,
  type FollowUpKind,
  type FollowUpSource,
  followUpKinds,
  followUpSources,
} from '../api/quality-types.ts'
import type { WardStudy } from '../api/types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { ChooseReport } from './choose-report.tsx'
import { useQualityDeed } from './use-quality-deed.ts'
import { qualityWords } from './words.ts'

export function FollowUps() {
  const say = useWords(qualityWords)
  const followUps = useFollowUps()
  const { perform } = useQualityDeed()
  const [recording, setRecording] = useState(false)
  return (
    <>
      <div className="quality-bar">
        <span className="space" />
        <Button type="primary" onClick={() => setRecording(true)}>
          {say('record')}
        </Button>
      </div>
      <Answer query={followUps}>
        {({ items }) => (
          <Table<FollowUp>
            rowKey="id"
            size="small"
            dataSource={[...items]}
            pagination={items.length > 50 ? { pageSize: 50 } : false}
            locale={{ emptyText: say('emptyFollowUps') }}
            columns={[
              {
                title: say('exam'),
                render: (_, each) => (
                  <>
                    <span className="modality">{each.modality}</span> <span className="number">{dicomDate(each.StudyDate)}</span>{' '}
                    {each.institution}
                    <div className="quiet">
                      <a href={`/reports/${each.report}`} target="_blank" rel="noreferrer">
                        {say('openReport')}
                      </a>
                    </div>
                  </>
                ),
              },
              { title: say('reportSays'), render: (_, each) => <div className="quality-text">{each.impression}</div> },
              {
                title: say('outcome'),
                render: (_, each) => (
                  <div className="quality-text">
                    {say(`from-${each.source}`)} <span className="quiet number">{each.happenedOn ?? ''}</span>
                    <div>{each.outcome}</div>
                  </div>
                ),
              },
              {
                title: say('concordance'),
                render: (_, each) => (
                  <span className={`is-${each.concordance}`}>
                    {say(`is-${each.concordance}`)} {each.kind !== null && say(`kind-${each.kind}`)}
                  </span>
                ),
              },
              {
                title: say('by'),
                render: (_, each) => (
                  <>
                    {each.by}
                    <div className="quiet number">{exactTime(each.at)}</div>
                  </>
                ),
              },
              {
                title: '',
                align: 'right',
                render: (_, each) =>
                  each.verbs.includes('withdraw') && (
                    <Popconfirm
                      title={`${say('withdraw')}?`}
                      okText={say('withdraw')}
                      cancelText={say('cancel')}
                      onConfirm={() => perform(() => withdrawFollowUp(each.id), say('withdrawn'))}
                    >
                      <Button size="small">{say('withdraw')}</Button>
                    </Popconfirm>
                  ),
              },
            ]}
          />
        )}
      </Answer>
      {recording && <RecordDialog onClose={() => setRecording(false)} />}
    </>
  )
}

interface Typed {
  readonly source: FollowUpSource
  readonly concordance: Concordance
  readonly kind?: FollowUpKind
  readonly outcome: string
  readonly happenedOn?: Dayjs
}

function RecordDialog({ onClose }: { onClose: () => void }) {
  const say = useWords(qualityWords)
  const { busy, perform } = useQualityDeed()
  const [chosen, setChosen] = useState<{ readonly report: string; readonly study: WardStudy } | null>(null)
  const [form] = Form.useForm<Typed>()
  const concordance = Form.useWatch('concordance', form)
  const save = async ({ source, concordance, kind, outcome, happenedOn }: Typed) => {
    if (chosen === null) return
    const followUp = {
      source,
      concordance,
      kind: concordance === 'concordant' ? null : (kind ?? null),
      outcome: outcome.trim(),
      happenedOn: happenedOn?.format('YYYY-MM-DD') ?? null,
    }
    if (await perform(() => recordFollowUp(chosen.report, followUp), say('recorded'))) onClose()
  }
  return (
    <Modal
      open
      title={chosen === null ? say('chooseReport') : `${say('record')} · ${chosen.study.patient.name} ${chosen.study.StudyDescription}`}
      okText={say('save')}
      cancelText={say('cancel')}
      okButtonProps={{ disabled: chosen === null }}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
      width={720}
    >
      {chosen === null && <ChooseReport onChoose={(report, study) => setChosen({ report, study })} />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={save} hidden={chosen === null}>
        <Form.Item name="source" label={say('outcomeSource')} rules={[{ required: true, message: say('needed') }]}>
          <Radio.Group optionType="button" options={followUpSources.map((value) => ({ value, label: say(`from-${value}`) }))} />
        </Form.Item>
        <Form.Item name="concordance" label={say('concordance')} rules={[{ required: true, message: say('needed') }]}>
          <Radio.Group optionType="button" options={concordances.map((value) => ({ value, label: say(`is-${value}`) }))} />
        </Form.Item>
        {concordance !== undefined && concordance !== 'concordant' && (
          <Form.Item name="kind" label={say('discordantKind')} rules={[{ required: true, message: say('needed') }]}>
            <Select options={followUpKinds.map((value) => ({ value, label: say(`kind-${value}`) }))} />
          </Form.Item>
        )}
        <Form.Item name="outcome" label={say('outcome')} rules={[{ required: true, whitespace: true, min: 2, message: say('needed') }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2_000} placeholder={say('outcomeHint')} />
        </Form.Item>
        <Form.Item name="happenedOn" label={say('happenedOn')}>
          <DatePicker />
        </Form.Item>
      </Form>
    </Modal>
  )
}
