/** What a person has to be told of reports that they have seen: a bell with a number, and the list behind it. */
import './report.css'
import { Badge, Button, Drawer, Empty, Tag } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { type Notice, seeNotice, useNotices } from '../api/reports.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { navigate } from '../shell/router.ts'
import { useAttempt } from './attempt.ts'
import { reportWords } from './words.ts'

export function Notices({ line }: { line: Line }) {
  const say = useWords(reportWords)
  const query = useNotices(line)
  const [open, setOpen] = useState(false)
  const unseen = query.data?.items.filter(({ seenAt }) => seenAt === null).length ?? 0
  return (
    <>
      <Badge count={unseen} size="small" offset={[-4, 4]}>
        <Button type="text" className="notices-bell" aria-label={say('notices')} onClick={() => setOpen(true)}>
          {say('notices')}
        </Button>
      </Badge>
      <Drawer open={open} onClose={() => setOpen(false)} title={say('notices')} size={440}>
        <Answer query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty description={say('noticesNone')} />
            ) : (
              <ul className="notices">
                {items.map((notice) => (
                  <One key={notice.id} notice={notice} onLeave={() => setOpen(false)} />
                ))}
              </ul>
            )
          }
        </Answer>
      </Drawer>
    </>
  )
}

function One({ notice, onLeave }: { notice: Notice; onLeave: () => void }) {
  const say = useWords(reportWords)
  const { language } = useLanguage()
  const attempt = useAttempt()
  const { id, kind, patient, StudyDescription, text, printed, successor, report, at, seenAt } = notice
  const grave = kind === 'correction' || kind === 'retraction'
  const go = async (to: string) => {
    if (seenAt === null) await attempt(() => seeNotice(id))
    onLeave()
    navigate(`/reports/${to}`)
  }
  return (
    <li className={seenAt === null ? 'unseen' : undefined}>
      <p>
        <b>{patient}</b> {StudyDescription} <time className="quiet">{exactTime(at)}</time>
      </p>
      <p>
        <Tag color={grave ? 'error' : 'processing'}>{kind === 'retraction' ? say('fate_retracted') : say(`kind_${kind}`)}</Tag>
        {text[language]}
      </p>
      {printed > 0 && grave && <p className="notice-print">{say('noticePrinted', { n: printed })}</p>}
      <Button size="small" type="primary" onClick={() => void go(successor ?? report)}>
        {say(successor === null ? 'noticeOld' : 'noticeOpen')}
      </Button>{' '}
      {seenAt === null && (
        <Button size="small" onClick={() => void attempt(() => seeNotice(id))}>
          {say('noticeSeen')}
        </Button>
      )}
    </li>
  )
}
