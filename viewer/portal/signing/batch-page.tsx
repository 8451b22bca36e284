/** Normal reports of health checks: read in a row, signed together. Each is signed on its own on the server; what is refused stays in the list. */
import './signing.css'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Empty, Table } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { sentenceOf } from '../api/http.ts'
import { type BatchItem, signBatch, useBatch } from '../api/reports.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { wentBack, withSigning } from './signing-session.ts'
import { signingWords } from './words.ts'

export function BatchPage({ line }: { line: Line }) {
  const say = useWords(signingWords)
  const query = useBatch(line)
  return (
    <div className="batch-page">
      <div>
        <h1>{say('batch')}</h1>
        <span className="quiet">{say('batchText')}</span>
      </div>
      <Answer query={query}>
        {({ items }) => (items.length === 0 ? <Empty description={say('batchNone')} /> : <Batch items={items} />)}
      </Answer>
    </div>
  )
}

function Batch({ items }: { items: readonly BatchItem[] }) {
  const say = useWords(signingWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const there = chosen.filter((id) => items.some((item) => item.id === id))
  const unseen = items.filter(({ id, seen }) => there.includes(id) && !seen).length
  const sign = async (reason: string | undefined) => {
    setBusy(true)
    try {
      const { signed, refused } = await withSigning(() => signBatch(there, reason))
      if (signed.length > 0) message.success(say('signedN', { n: signed.length }))
      const names = refused.map(({ id }) => items.find((item) => item.id === id)?.patient.name ?? id)
      if (refused.length > 0) message.warning(say('refusedN', { n: refused.length, why: listed(names, language) }))
      setChosen([])
      setAsking(false)
    } catch (error) {
      if (!wentBack(error)) message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
      await Promise.all(['sign-batch', 'workitems'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
    }
  }
  return (
    <>
      <div className="batch-bar">
        <Button type="primary" disabled={there.length === 0} onClick={() => setAsking(true)}>
          {say('signN', { n: there.length })}
        </Button>
      </div>
      <Table<BatchItem>
        rowKey="id"
        size="small"
        pagination={false}
        scroll={{ x: 1000 }}
        dataSource={[...items]}
        rowSelection={{ selectedRowKeys: [...there], onChange: (keys) => setChosen(keys.map(String)) }}
        columns={[
          {
            title: say('patient'),
            width: 190,
            render: (_, { patient, institution }) => (
              <>
                <b>{patient.name}</b> {sexText(patient.sex, language)} {ageText(patient.age, language)}
                <div className="quiet">{institution}</div>
              </>
            ),
          },
          {
            title: say('exam'),
            width: 180,
            render: (_, { modality, StudyDescription, seen }) => (
              <>
                {modality} {StudyDescription}
                {!seen && <div className="quiet">{say('unseenImages')}</div>}
              </>
            ),
          },
          { title: say('findings'), render: (_, { findings }) => <div className="batch-text">{findings}</div> },
          { title: say('impression'), width: 260, render: (_, { impression }) => <b className="batch-text">{impression}</b> },
          { title: say('author'), width: 100, dataIndex: 'author' },
        ]}
      />
      <Ask
        open={asking}
        title={say('signAsk', { n: there.length })}
        ok={say('signN', { n: there.length })}
        busy={busy}
        fields={unseen > 0 ? [{ name: 'reason', label: say('batchUnseen', { n: unseen }), required: true }] : []}
        onOk={({ reason }) => void sign(reason)}
        onCancel={() => setAsking(false)}
      >
        <p>
          {listed(
            items.filter(({ id }) => there.includes(id)).map(({ patient }) => patient.name),
            language,
          )}
        </p>
      </Ask>
    </>
  )
}
