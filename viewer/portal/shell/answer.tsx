/** What stands where content will be: while it loads, when it failed, when there is none. */
import type { UseQueryResult } from '@tanstack/react-query'
import { Button, Result, Spin } from 'antd'
import type { ReactNode } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { shellWords } from './words.ts'

interface Props<Data> {
  readonly query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'isPending' | 'refetch'>
  readonly children: (data: Data) => ReactNode
}

/** Data that was shown once stays on the screen while asking again fails. */
export function Answer<Data>({ query, children }: Props<Data>) {
  const say = useWords(shellWords)
  const { language } = useLanguage()
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error) {
    return (
      <Result
        status="warning"
        title={say('failedTitle')}
        subTitle={`${sentenceOf(query.error, language)}。${say('failedKept')}`}
        extra={
          <Button type="primary" onClick={() => void query.refetch()}>
            {say('retry')}
          </Button>
        }
      />
    )
  }
  return (
    <div className="loading" role="status">
      <Spin />
      <span className="quiet">{say('loading')}</span>
    </div>
  )
}
