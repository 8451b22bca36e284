/** 改派: a site's waiting tasks, the most pressing first, are kept for another reader. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { act, request, sentenceOf } from '../api/http.ts'
import type { WallSite } from '../api/statistics-types.ts'
import type { Workitem } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useReaders } from '../reading-list/readers.ts'
import { mostAtOnce } from '../reading-list/use-list-deeds.tsx'
import { wallboardWords } from './words.ts'

interface Entered {
  readonly assignee: string
  readonly count: number
}

export function HandOver({ site }: { readonly site: WallSite }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const readers = useReaders(true)
  const [busy, setBusy] = useState(false)
  const most = Math.min(site.ready, mostAtOnce)

  const handOver = async ({ assignee, count }: Entered) => {
    const name = readers.data?.find(({ username }) => username === assignee)?.displayName ?? assignee
    setBusy(true)
    try {
      const ids = await waitingOf(site.id, assignee, count)
      if (ids.length === 0) return void message.info(say(site.ready === 0 ? 'handOverNone' : 'handOverKept', { name }))
      const { assigned, refused } = await act<{ assigned: readonly string[]; refused: readonly unknown[] }>('/api/workitems/assign-batch', {
        ids,
        assignee,
        reason: say('handOver'),
      })
      if (assigned.length > 0) message.success(say('handedOver', { n: assigned.length, name }))
      if (refused.length > 0) message.warning(say('handOverRefused', { n: refused.length }))
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
      await Promise.all(['workitems', 'wallboard'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
    }
  }

  return (
    <section className="hand-over">
      <h3>{say('handOver')}</h3>
      {most === 0 ? (
        <p className="quiet">{say('handOverNone')}</p>
      ) : (
        <Form<Entered> layout="vertical" requiredMark={false} onFinish={handOver} initialValues={{ count: most }}>
          <p className="quiet">{say('handOverText', { most: mostAtOnce })}</p>
          <Form.Item name="assignee" label={say('handOverTo')} rules={[{ required: true, message: say('choose') }]}>
            <Select
              showSearch={{ optionFilterProp: 'title' }}
              loading={readers.isPending}
              placeholder={say('choose')}
              options={(readers.data ?? []).map(({ username, displayName, here, writing, reserved }) => ({
                value: username,
                title: displayName,
                label: [displayName, ...(here ? [say('readerIdle')] : []), say('readerLoad', { writing, reserved })].join(' · '),
              }))}
            />
          </Form.Item>
          <Form.Item name="count" label={say('handOverCount')} rules={[{ required: true, message: say('handOverCount') }]}>
            <InputNumber min={1} max={most} precision={0} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>
            {say('handOverOk')}
          </Button>
        </Form>
      )}
    </section>
  )
}

/** Those of the site that wait and are not this reader's already, in the order of their time limits. */
async function waitingOf(institution: number, assignee: string, count: number): Promise<string[]> {
  const query = new URLSearchParams({ view: 'todo', state: 'READY', institution: String(institution), sort: 'due', limit: '200' })
  const { items } = await request<{ items: readonly Pick<Workitem, 'id' | 'reservedFor'>[] }>('GET', `/api/workitems?${query}`)
  return items
    .filter(({ reservedFor }) => reservedFor?.username !== assignee)
    .slice(0, count)
    .map(({ id }) => id)
}
