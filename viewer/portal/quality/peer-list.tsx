/** Reports under review: those to score, those whose author has to answer, those disagreed upon. */
import { Button, Segmented, Table } from 'antd'
import { useState } from 'react'
import { usePeerReviews } from '../api/quality.ts'
import { type PeerReview, type PeerState, peerStates } from '../api/quality-types.ts'
import { exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { PeerReviewDrawer, scoreWord } from './peer-review.tsx'
import { qualityWords } from './words.ts'

export function PeerList({ mine }: { mine: boolean }) {
  const say = useWords(qualityWords)
  const [address, change] = useAddressQuery()
  const state: PeerState | 'all' = mine ? 'all' : (peerStates.find((each) => each === address.get('state')) ?? 'open')
  const reviews = usePeerReviews(state, mine)
  const [opened, setOpened] = useState<string | null>(null)
  return (
    <>
      {!mine && (
        <Segmented<PeerState>
          className="quality-states"
          value={state as PeerState}
          onChange={(value) => change({ state: value })}
          options={peerStates.map((value) => ({ value, label: say(`state-${value}`) }))}
        />
      )}
      <Answer query={reviews}>
        {({ items }) => (
          <Table<PeerReview>
            rowKey="id"
            size="small"
            dataSource={[...items]}
            pagination={items.length > 50 ? { pageSize: 50 } : false}
            locale={{ emptyText: say(`empty_${state}`) }}
            onRow={({ id }) => ({ 'data-review': id }) as object}
            columns={[
              {
                title: say('exam'),
                render: (_, { modality, month }) => (
                  <>
                    <span className="modality">{modality}</span>{' '}
                    <span className="quiet">{month === null ? say('byHand') : say('from', { month })}</span>
                  </>
                ),
              },
              {
                title: say('author'),
                render: (_, { author, signer, institution }) =>
                  author === null ? (
                    <span className="quiet">{say('hidden')}</span>
                  ) : (
                    <>
                      {author} · {signer}
                      <div className="quiet">{institution}</div>
                    </>
                  ),
              },
              { title: say('signed'), className: 'number', render: (_, { signedAt }) => exactTime(signedAt) },
              { title: say('reviewer'), render: (_, { reviewer, score }) => reviewer ?? (score === null ? '' : say('anonymous')) },
              {
                title: say('score'),
                render: (_, { score, finalScore, comment }) => {
                  const stands = finalScore ?? score
                  return stands === null ? '' : <span title={comment ?? ''}>{say(scoreWord(stands))}</span>
                },
              },
              { title: say('state'), render: (_, each) => say(`state-${each.state}`) },
              {
                title: '',
                align: 'right',
                render: (_, { id, verbs }) => (
                  <Button size="small" type={verbs.length > 0 ? 'primary' : 'default'} onClick={() => setOpened(id)}>
                    {say('open')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Answer>
      {opened !== null && <PeerReviewDrawer id={opened} onClose={() => setOpened(null)} />}
    </>
  )
}
