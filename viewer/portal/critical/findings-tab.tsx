/** The list of critical findings: what doctors choose from, what waits for the chief, and its editor. */
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useState } from 'react'
import type { Finding, FindingLists } from '../api/critical-types.ts'
import { useFindings } from '../api/criticals.ts'
import { newKey, request, sentenceOf } from '../api/http.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { criticalWords } from './words.ts'

export function FindingsTab() {
  const query = useFindings()
  return <Answer query={query}>{(lists) => <Findings key={(lists.proposal ?? lists).revision} lists={lists} />}</Answer>
}

function Findings({ lists }: { readonly lists: FindingLists }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const newest = lists.proposal ?? lists
  const [items, setItems] = useState<readonly Finding[]>(newest.items)
  const [busy, setBusy] = useState(false)
  const changed = JSON.stringify(items) !== JSON.stringify(newest.items)
  const complete = items.length > 0 && items.every(({ zh, en }) => zh.trim() !== '' && en.trim() !== '')
  const send = async (method: string, path: string, body: object) => {
    setBusy(true)
    try {
      const answer = await request<FindingLists>(method, path, { body })
      queries.setQueryData(['critical-findings'], answer)
      message.success(say('saved'))
    } catch (error) {
      message.error(sentenceOf(error, language))
      await queries.invalidateQueries({ queryKey: ['critical-findings'] })
    } finally {
      setBusy(false)
    }
  }
  const edit = (index: number, change: Partial<Finding>) =>
    setItems(items.map((item, at) => (at === index ? { ...item, ...change } : item)))
  const swap = (index: number, by: number) => {
    const next = [...items]
    const [moved] = next.splice(index, 1)
    next.splice(index + by, 0, moved!)
    setItems(next)
  }
  return (
    <div className="critical-edit">
      {lists.approved ? (
        <p className="quiet">{say('approvedBy', { name: lists.approved.by, time: exactTime(lists.approved.at) })}</p>
      ) : (
        <Alert type="warning" showIcon title={say('notApproved')} />
      )}
      {lists.proposal?.saved && (
        <Alert type="info" showIcon title={say('proposed', { name: lists.proposal.saved.by, time: exactTime(lists.proposal.saved.at) })} />
      )}
      <ol>
        {items.map((item, index) => (
          <li key={item.code}>
            <span className="quiet number">{index + 1}</span>
            {lists.mayEdit ? (
              <>
                <Input
                  value={item.zh}
                  maxLength={100}
                  aria-label={say('zh')}
                  onChange={({ target }) => edit(index, { zh: target.value })}
                />
                <Input
                  value={item.en}
                  maxLength={200}
                  aria-label={say('en')}
                  onChange={({ target }) => edit(index, { en: target.value })}
                />
                <Button disabled={index === 0} aria-label={say('up')} onClick={() => swap(index, -1)}>
                  ↑
                </Button>
                <Button disabled={index === items.length - 1} aria-label={say('down')} onClick={() => swap(index, 1)}>
                  ↓
                </Button>
                <Button onClick={() => setItems(items.filter((_, at) => at !== index))}>{say('remove')}</Button>
              </>
            ) : (
              <span>{language === 'zh' ? item.zh : item.en}</span>
            )}
          </li>
        ))}
      </ol>
      {lists.mayEdit && (
        <div className="critical-bar">
          <Button onClick={() => setItems([...items, { code: `local-${newKey().slice(0, 8)}`, zh: '', en: '' }])}>{say('add')}</Button>
          <span className="space" />
          <Button
            type={changed ? 'primary' : 'default'}
            disabled={!changed || !complete}
            loading={busy}
            onClick={() => void send('PUT', '/api/critical-findings', { base: newest.revision, items })}
          >
            {say(lists.mayApprove ? 'saveApproved' : 'save')}
          </Button>
          {lists.mayApprove && !changed && newest.approved === null && (
            <Button
              type="primary"
              loading={busy}
              onClick={() => void send('POST', `/api/critical-findings/${newest.revision}/approve`, {})}
            >
              {say('approve')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
