/** Who did what to which object, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { App, Button, Table } from 'antd'
import { request, sentenceOf } from '../api/http.ts'
import type { AuditEntry } from '../api/types.ts'
import { exactSecond } from '../clock.ts'
import { named, verbWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { VerifyEvents } from './verify-events.tsx'
import { auditWords, outcomeWords, settingsWords } from './words.ts'

/** Verbs of the reading workflow and deeds of their own. */
const deedWords = { ...verbWords, ...auditWords }

interface AuditPage {
  readonly items: readonly AuditEntry[]
  /** What to ask for the page after; null at the end. */
  readonly before: string | null
}

export function AuditList() {
  const say = useWords(settingsWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const verify = async () => {
    try {
      const { broken } = await request<{ broken: number | null }>('POST', '/api/audit/verify', { body: {} })
      if (broken === null) message.success(say('verified'))
      else message.error(say('broken', { n: broken }), 0)
    } catch (error) {
      message.error(sentenceOf(error, language))
    }
  }
  const query = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) =>
      request<AuditPage>('GET', `/api/audit?limit=200${pageParam === null ? '' : `&before=${encodeURIComponent(pageParam)}`}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ before }) => before,
  })
  return (
    <Answer query={query}>
      {({ pages }) => (
        <>
          <div className="table-head">
            <VerifyEvents />
            <Button onClick={() => void verify()}>{say('verify')}</Button>
          </div>
          <Table<AuditEntry>
            rowKey={({ at, actor, action, object }) => `${at} ${actor} ${action} ${object}`}
            size="small"
            pagination={false}
            dataSource={pages.flatMap(({ items }) => items)}
            locale={{ emptyText: say('emptyAudit') }}
            columns={[
              { title: say('at'), dataIndex: 'at', width: 170, className: 'number', render: (at: string) => exactSecond(at) },
              { title: say('actor'), dataIndex: 'actor', width: 150, ellipsis: true },
              { title: say('action'), dataIndex: 'action', width: 190, render: (action: string) => named(deedWords, action, language) },
              { title: say('object'), dataIndex: 'object', ellipsis: true },
              {
                title: say('outcome'),
                dataIndex: 'outcome',
                width: 90,
                render: (outcome: string) => named(outcomeWords, outcome, language),
              },
              { title: say('address'), dataIndex: 'address', width: 150, className: 'number' },
            ]}
          />
          {query.hasNextPage && (
            <Button block type="link" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {say('more')}
            </Button>
          )}
        </>
      )}
    </Answer>
  )
}
