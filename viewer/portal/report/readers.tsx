/** Who opened, printed, downloaded or received a version. */
import { Drawer, Empty, Table } from 'antd'
import { type Reader, useReaders } from '../api/reports.ts'
import { exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { reportWords } from './words.ts'

export function Readers({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  const say = useWords(reportWords)
  const query = useReaders(id, open)
  const how = ({ channel, printNumber, copies }: Reader): string =>
    channel === 'print' ? say('printed', { n: printNumber ?? 1, copies: copies ?? 1 }) : say(`channel_${channel}`)
  return (
    <Drawer open={open} onClose={onClose} title={say('readers')} size={560}>
      <p className="quiet">{say('readersText')}</p>
      {open && (
        <Answer query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty description={say('readersNone')} />
            ) : (
              <Table<Reader>
                size="small"
                pagination={false}
                rowKey={({ channel, recipient, at }) => `${channel} ${recipient} ${at}`}
                dataSource={[...items]}
                columns={[
                  { title: say('who'), dataIndex: 'recipient' },
                  { title: say('institution'), dataIndex: 'institution' },
                  { title: say('how'), render: (_, reader) => how(reader) },
                  { title: say('when'), render: (_, { at }) => exactTime(at) },
                ]}
              />
            )
          }
        </Answer>
      )}
    </Drawer>
  )
}
